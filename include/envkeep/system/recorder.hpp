// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/inspector.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace envkeep::system {

// What was asked of a machine, with its answers; "there is none" is not noted, but for folders.
struct Recording {
    std::map<std::string, Node> nodes;
    std::map<std::string, int> access_errors;
    std::map<std::string, std::map<std::uint64_t, std::string>> parts;  // real path, offset, bytes
    std::map<std::string, std::uint64_t> sizes;                         // of files read in part
    std::map<std::string, std::vector<Entry>> folders;
    std::map<std::string, std::string> links;
    std::map<std::string, std::string> real_paths;
    std::map<std::string, Space> spaces;
};

// Passes every question on to another inspector and notes it.
class Recorder final : public Inspector {
  public:
    // `inner` outlives it.
    explicit Recorder(const Inspector& inner) : inner_(inner) {}

    [[nodiscard]] const Recording& recording() const { return recording_; }

    [[nodiscard]] Result<Node> node(const std::string& path) const override;
    [[nodiscard]] int access_error(const std::string& path) const override;
    [[nodiscard]] Result<std::string> read(const std::string& path,
                                           std::uint64_t limit) const override;
    [[nodiscard]] Result<std::string> read_at(const std::string& path,
                                              std::uint64_t offset,
                                              std::uint64_t count) const override;
    [[nodiscard]] std::vector<Entry> list(const std::string& path) const override;
    [[nodiscard]] Result<std::string> link_target(const std::string& path) const override;
    [[nodiscard]] Result<std::string> real_path(const std::string& path) const override;
    [[nodiscard]] Result<Space> space(const std::string& path) const override;

  private:
    // Under the path that it really has, once for all names.
    const std::string& note_part(const std::string& path,
                                 std::uint64_t offset,
                                 const std::string& bytes) const;

    const Inspector& inner_;
    mutable Recording recording_;
};

}  // namespace envkeep::system
