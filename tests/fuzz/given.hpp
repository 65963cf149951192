// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/files.hpp"
#include "envkeep/system/inspector.hpp"
#include "envkeep/system/machine.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a fuzzer gives a reader of files instead of a file system: a million runs leave nothing
// behind.
namespace envkeep::given {

// Ends the run as a fault; in every build.
void require(bool holds);

// What the bytes begin with ('0', '1', ...) as a choice below `count`, and taken away; 0 where
// there is nothing.
[[nodiscard]] std::size_t take_choice(std::string_view& bytes, std::size_t count);

// Everything up to the next NUL, and taken away with it; all where there is none.
[[nodiscard]] std::string_view take_part(std::string_view& bytes);

// Text without `..`, absolute only if it says so: what every file of ours may name.
[[nodiscard]] bool is_sound_name(std::string_view name);

// Files by absolute path; folders are what the paths say, no link stands anywhere.
class Files final : public system::FileReader, public system::FileWriter {
  public:
    std::map<std::string, std::string> contents;

    Result<system::RootId> open_root(const std::string& absolute) override;
    std::string root_path(system::RootId root) const override;
    Result<system::Status> status(const system::Place& place) override;
    Result<system::Seen> look(const system::Place& place) override;
    Result<system::Status> follow(const std::string& absolute) override;
    Result<std::string> real_path(const std::string& absolute) override;
    Result<std::string> read_link(const system::Place& place) override;
    Result<std::string> read_file(const system::Place& place, std::uint64_t limit) override;
    Result<std::string> read_head(const system::Place& place, std::size_t count) override;
    Result<std::vector<system::Entry>> list(const system::Place& place) override;
    Result<Digest> digest(const system::Place& file) override;
    Result<bool> has_same_bytes(const system::Place& one, const system::Place& other) override;
    Result<system::Space> space(system::RootId root) override;

    Result<void> make_folder(const system::Place& place, std::uint32_t mode) override;
    Result<void> make_folders(const system::Place& place, std::uint32_t mode) override;
    Result<void> make_link(const system::Place& place, const std::string& target) override;
    Result<void> make_hard_link(const system::Place& existing, const system::Place& place) override;
    Result<void> replace_link(const system::Place& place,
                              const std::string& old_target,
                              const std::string& new_target) override;
    Result<void> write_file(const system::Place& place,
                            std::string_view content,
                            std::uint32_t mode,
                            const std::optional<system::Status>& expected) override;
    Result<void> overwrite_own_file(const system::Place& place,
                                    std::string_view content,
                                    std::uint32_t mode) override;
    Result<void> append(const system::Place& place, std::string_view line) override;
    Result<system::CopyReport> copy(const system::Place& from,
                                    const system::Place& to,
                                    const system::CopyOptions& options,
                                    const std::optional<system::Status>& replaced) override;
    Result<void> move(const system::Place& from, const system::Place& to) override;
    Result<void> exchange(const system::Place& one, const system::Place& other) override;
    Result<void> set_mode(const system::Place& place,
                          const system::Status& seen,
                          std::uint32_t mode) override;
    Result<void> remove_link(const system::Place& place, const std::string& target) override;
    Result<void> remove_file(const system::Place& place, const system::Status& seen) override;
    Result<void> remove_empty_folder(const system::Place& place) override;
    void name_temporaries_for(std::string_view run) override;
    Result<void> remove_own_tree(const system::Place& place) override;

  private:
    [[nodiscard]] system::Status status_of(const std::string& path) const;

    std::vector<std::string> roots_;
};

// A machine of which nothing changes; its container is `here`.
class Machine final : public system::Machine {
  public:
    static system::Container here();

    std::optional<std::string> variable(std::string_view name) const override;
    std::uint32_t effective_uid() const override;
    std::optional<std::string> passwd_home(std::uint32_t uid) const override;
    std::string host_name() const override;
    unsigned cores() const override;
    Result<system::Container> container() const override;
    Result<WallTime> container_start() const override;
    system::ProcessId self() const override;
    bool is_alive(const system::ProcessId& process) const override;
    Result<std::vector<system::Mount>> mounts() const override;
    Result<std::string> read_fact(const std::string& absolute, std::uint64_t limit) const override;
    bool exists(const std::string& absolute) const override;
    std::vector<std::string> names_in(const std::string& absolute) const override;
    Result<std::string> real_path(const std::string& absolute) const override;
    WallTime now() const override;
    SteadyTime steady_now() const override;
    std::string random_id() const override;
};

// A whole machine out of one text: a line "=/path" begins a file, a line "@/path target" is a link,
// a line "!/path" a device. What stands before the first of them is passed over.
class Inspector final : public system::Inspector {
  public:
    explicit Inspector(std::string_view text);
    // One file alone.
    Inspector(std::string path, std::string content);

    std::map<std::string, std::string> contents;

    Result<system::Node> node(const std::string& path) const override;
    int access_error(const std::string& path) const override;
    Result<std::string> read(const std::string& path, std::uint64_t limit) const override;
    Result<std::string> read_at(const std::string& path,
                                std::uint64_t offset,
                                std::uint64_t count) const override;
    std::vector<system::Entry> list(const std::string& path) const override;
    Result<std::string> link_target(const std::string& path) const override;
    Result<std::string> real_path(const std::string& path) const override;
    Result<system::Space> space(const std::string& path) const override;

  private:
    // Links followed, also where nothing stands at the end; empty for a loop.
    [[nodiscard]] std::string led_to(const std::string& path) const;
    [[nodiscard]] const std::string* content(const std::string& path) const;

    std::map<std::string, std::string> links_;
    std::map<std::string, bool> devices_;
};

}  // namespace envkeep::given
