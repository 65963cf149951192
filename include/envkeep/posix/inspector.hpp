// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/json.hpp"
#include "envkeep/posix/fd.hpp"
#include "envkeep/system/inspector.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::posix {

// This machine, or a captured one below a folder. What no file of a capture can say (device nodes,
// who may open them, the space of file systems) stands in `capture_record` there, if it does; of a
// machine that `doctor --capture` captured also links, folders and what was only looked at. Without
// a record real nodes count, and who may open them. Where folders really lie is asked for once: one
// inspector is for one look at the machine, by one thread.
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
    [[nodiscard]] Result<std::unique_ptr<system::OpenedFile>> open_file(
        const std::string& path) const override;
    [[nodiscard]] std::vector<system::Entry> list(const std::string& path) const override;
    [[nodiscard]] Result<std::string> link_target(const std::string& path) const override;
    [[nodiscard]] Result<std::string> real_path(const std::string& path) const override;
    [[nodiscard]] Result<system::Space> space(const std::string& path) const override;

  private:
    [[nodiscard]] bool is_captured() const { return root_.is_open(); }

    [[nodiscard]] Fd open(const std::string& path, int flags) const;

    // The tables of the record, each by path.
    enum Table : std::size_t { nodes, folders, links, real_paths, spaces, table_count };

    // What the capture says of a path; nullptr if nothing.
    [[nodiscard]] const Json* recorded(Table table, const std::string& path) const;
    [[nodiscard]] std::optional<std::string> recorded_path(Table table,
                                                           const std::string& path) const;
    // What the link itself says; nothing, with errno set, if there is none.
    [[nodiscard]] std::optional<std::string> target_of(const std::string& folder,
                                                       const std::string& name) const;
    [[nodiscard]] Result<std::string> real_folder(const std::string& folder) const;
    void add_recorded(const std::string& folder, std::vector<system::Entry>& entries) const;

    Fd root_;                                       // closed: this machine
    std::array<Json::Object, table_count> record_;  // each sorted
    mutable std::map<std::string, std::string> real_folders_;
};

}  // namespace envkeep::posix
