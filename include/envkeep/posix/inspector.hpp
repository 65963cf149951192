// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/json.hpp"
#include "envkeep/posix/fd.hpp"
#include "envkeep/system/inspector.hpp"

#include <string>
#include <vector>

namespace envkeep::posix {

// This machine, or a captured one below a folder. What no file of a capture can say (device nodes,
// who may open them, the space of file systems) stands in `capture_record` there, if it does.
class Inspector final : public system::Inspector {
  public:
    static constexpr const char* capture_record = "/envkeep-capture.json";

    Inspector() = default;
    // not_found if there is no such folder.
    [[nodiscard]] static Result<Inspector> captured(const std::string& root);

    [[nodiscard]] Result<system::Node> node(const std::string& path) const override;
    [[nodiscard]] int access_error(const std::string& path) const override;
    [[nodiscard]] Result<std::string> read(const std::string& path,
                                           std::uint64_t limit) const override;
    [[nodiscard]] Result<std::string> read_at(const std::string& path,
                                              std::uint64_t offset,
                                              std::uint64_t count) const override;
    [[nodiscard]] std::vector<system::Entry> list(const std::string& path) const override;
    [[nodiscard]] Result<std::string> link_target(const std::string& path) const override;
    [[nodiscard]] Result<std::string> real_path(const std::string& path) const override;
    [[nodiscard]] Result<system::Space> space(const std::string& path) const override;

  private:
    [[nodiscard]] bool is_captured() const { return root_.is_open(); }

    [[nodiscard]] Fd open(const std::string& path, int flags) const;
    // What the capture says of a path in one of its tables ("nodes", "spaces"); nullptr if nothing.
    [[nodiscard]] const Json* recorded(std::string_view table, const std::string& path) const;

    void add_recorded(const std::string& folder, std::vector<system::Entry>& entries) const;

    Fd root_;  // closed: this machine
    Json record_;
};

}  // namespace envkeep::posix
