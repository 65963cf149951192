// SPDX-License-Identifier: MIT
#include "embedded/templates.hpp"
#include "engine/folder_turn.hpp"
#include "engine/notice_file.hpp"
#include "engine/read_through.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/hook.hpp"
#include "envkeep/store/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace envkeep::engine {
namespace {

constexpr std::string_view notice_source_line =
    "[ ! -r /etc/profile.d/envkeep.sh ] || . /etc/profile.d/envkeep.sh # envkeep";

// A terminal shows what there is to say as one line, each part with its command.
constexpr std::string_view notice_beginning = "envkeep: ";
constexpr std::string_view notice_between = " | ";

constexpr std::string_view short_command = "'envkeep ";

// By the words of PATH alone: a folder that is looked into may hang.
std::string whole_command(const World& world) {
    const std::string path = world.machine.variable("PATH").value_or(std::string());
    const std::string binary = world.own_binary.value_or(std::string());
    const bool is_found = std::ranges::any_of(split(path, ':'), [&](std::string_view folder) {
        return binary == fmt::format("{}/envkeep", folder);
    });
    return binary.empty() || is_found ? std::string(short_command)
                                      : fmt::format("'{} ", printable(shell_quoted(binary)));
}

// Every terminal reads /etc: a home that is not the account's own has no say in it.
bool may_write_etc(const World& world, const std::string& home) {
    return world.machine.effective_uid() == 0 && world.machine.passwd_home(0) == home;
}

std::string notice_path(const std::string& home) {
    return fmt::format("{}/{}/notice", home, store::names::state);
}

system::Place notice_place(system::RootId home) {
    return system::Place{.root = home, .path = {}}.child(store::names::state).child("notice");
}

std::string script_for(const std::string& home) {
    std::string text(embedded::templates::notice_sh);
    const std::string path = shell_quoted(notice_path(home));
    constexpr std::string_view placeholder = "@NOTICE@";
    for (std::size_t at = text.find(placeholder); at != std::string::npos;
         at = text.find(placeholder, at + path.size())) {
        text.replace(at, placeholder.size(), path);
    }
    return text;
}

Result<bool> ensure_profile(const World& world, system::RootId etc, const std::string& home) {
    const system::Place place{.root = etc, .path = *RelPath::parse("profile.d/envkeep.sh")};
    const std::string wanted = script_for(home);
    const Result<std::string> there = world.files.read_file(place, 1U << 16U);
    if (there && *there == wanted) {
        return false;
    }
    ENVKEEP_CHECK(world.writer->make_folders(place.parent(), 0755));
    ENVKEEP_CHECK(world.writer->overwrite_own_file(place, wanted, 0644));
    return true;
}

// With the time that it had: where a snapshot has it with our line, it is found here as it was.
void set_time(const World& world, const system::Place& place, const system::Status& before) {
    const Result<system::Status> now = world.files.status(place);
    if (now && world.tree_writer != nullptr) {
        static_cast<void>(world.tree_writer->write_folder(place.parent())
                              .and_then([&](const std::shared_ptr<system::FolderWriter>& folder) {
                                  return folder->set_attributes(std::string(place.path.name()),
                                                                *now,
                                                                {.mode = now->mode,
                                                                 .uid = now->uid,
                                                                 .gid = now->gid,
                                                                 .modified = before.modified});
                              }));
    }
}

// Only an existing bash.bashrc gets the line: interactive shells that are no login shells read it.
Result<bool> ensure_bashrc(const World& world, system::RootId etc) {
    const system::Place place{.root = etc, .path = *RelPath::parse("bash.bashrc")};
    ENVKEEP_TRY(const system::Status status, world.files.status(place));
    if (status.kind != system::Kind::file) {
        return false;
    }
    ENVKEEP_TRY(std::string text, world.files.read_file(place, 1U << 20U));
    if (text.find(notice_source_line) != std::string::npos) {
        return false;
    }
    if (!text.empty() && !text.ends_with('\n')) {
        text += '\n';
    }
    text += notice_source_line;
    text += '\n';
    ENVKEEP_CHECK(world.writer->write_file(place, text, status.mode, status));
    set_time(world, place, status);
    return true;
}

// Without our line, wherever it stands alone: one that the user made a comment of is theirs.
std::string without_source_line(std::string_view text) {
    std::string kept;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        if (text.substr(0, end) != fmt::format("{}\n", notice_source_line)) {
            kept += text.substr(0, end);
        }
        text.remove_prefix(end);
    }
    return kept;
}

}  // namespace

Result<std::vector<std::string>> install_notice(const World& world, const std::string& home) {
    std::vector<std::string> changed;
    if (!may_write_etc(world, home)) {
        return changed;
    }
    ENVKEEP_TRY(const system::RootId etc, world.files.open_root("/etc"));
    ENVKEEP_TRY(const bool wrote_profile, ensure_profile(world, etc, home));
    if (wrote_profile) {
        changed.emplace_back("/etc/profile.d/envkeep.sh");
    }
    ENVKEEP_TRY(const bool wrote_bashrc, ensure_bashrc(world, etc));
    if (wrote_bashrc) {
        changed.emplace_back("/etc/bash.bashrc");
    }
    return changed;
}

std::optional<std::string> notice_line(const World& world, const std::string& home) {
    if (may_write_etc(world, home)) {
        return std::nullopt;
    }
    const std::string notice = shell_quoted(notice_path(home));
    std::string line = fmt::format(
        "[ ! -s {0} ] || [ ! -t 2 ] || {{ cat {0} >&2 && mv -f {0} {0}.shown 2>/dev/null; }} || : "
        "# envkeep",
        notice);
    const auto profile = read_through(world.files)(home + "/.bashrc");
    return profile && profile->find(line) != std::string::npos ? std::nullopt
                                                               : std::optional(std::move(line));
}

Result<std::vector<std::string>> remove_notice(const World& world, const std::string& home) {
    std::vector<std::string> changed;
    if (!may_write_etc(world, home)) {
        return changed;
    }
    ENVKEEP_TRY(const system::RootId etc, world.files.open_root("/etc"));
    const system::Place bashrc{.root = etc, .path = *RelPath::parse("bash.bashrc")};
    ENVKEEP_TRY(const system::Status status, world.files.status(bashrc));
    if (status.kind == system::Kind::file) {
        ENVKEEP_TRY(const std::string text, world.files.read_file(bashrc, 1U << 20U));
        if (const std::string kept = without_source_line(text); kept != text) {
            ENVKEEP_CHECK(world.writer->write_file(bashrc, kept, status.mode, status));
            changed.emplace_back("our line in /etc/bash.bashrc");
        }
    }
    const system::Place profile{.root = etc, .path = *RelPath::parse("profile.d/envkeep.sh")};
    ENVKEEP_TRY(const system::Status ours, world.files.status(profile));
    if (ours.kind == system::Kind::file) {
        ENVKEEP_CHECK(world.writer->remove_file(profile, ours));
        changed.emplace_back("/etc/profile.d/envkeep.sh");
    }
    return changed;
}

std::string with_whole_commands(const World& world, std::string notice) {
    return replaced(std::move(notice), short_command, whole_command(world));
}

Result<void> write_notice(const World& world, system::RootId home, const std::string& lines) {
    std::string text;
    for (std::string_view line : split(lines, '\n')) {
        if (!text.empty() && line.starts_with(notice_beginning)) {
            line.remove_prefix(notice_beginning.size());
        }
        text += text.empty() || line.empty() ? "" : notice_between;
        text += line;
    }
    return world.writer->overwrite_own_file(
        notice_place(home), text.empty() ? "" : with_whole_commands(world, text) + "\n", 0600);
}

std::string read_notice(const World& world, system::RootId home) {
    constexpr std::uint64_t longest = 4096;
    std::string text = world.files.read_file(notice_place(home), longest).value_or(std::string());
    return replaced(replaced(std::move(text), whole_command(world), short_command),
                    notice_between,
                    fmt::format("\n{}", notice_beginning));
}

void change_notice(const World& world,
                   system::RootId home,
                   const std::function<std::optional<std::string>(std::string before)>& change) {
    const std::optional<posix::FolderLock> turn = turn_at(
        world,
        system::Place{.root = home, .path = {}}.child(store::names::state).child("notice-turn"));
    if (const std::optional<std::string> after = change(read_notice(world, home))) {
        static_cast<void>(write_notice(world, home, *after));
    }
}

}  // namespace envkeep::engine
