// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "git/locks.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

namespace envkeep::git {
namespace {

constexpr std::string_view mark_name = "envkeep-at-work";
// What happens under a mark takes seconds, a fetch aside, which keeps no lock while it waits.
constexpr std::chrono::minutes longest_elsewhere{10};
constexpr std::chrono::seconds longest_lock_elsewhere{60};
constexpr std::uint64_t largest_mark = 4096;
constexpr std::string_view half_pack = "pack_git2_";  // as libgit2 names a pack that still comes

std::string container_text(const system::Machine& machine) {
    const Result<system::Container> here = machine.container();
    return here ? fmt::format("{} {} {}", here->boot_id, here->pid_namespace, here->first_start)
                : machine.host_name();
}

template <typename Number>
Number number(std::string_view text) {
    Number value{};
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string_view line(std::string_view text, std::size_t index) {
    const std::vector<std::string_view> lines = split(text, '\n');
    return index < lines.size() ? lines[index] : std::string_view{};
}

// Temporary packs of a killed fetch: nothing else ever removes them.
void remove_half_packs(git_repository* repository, WallTime since, const LocalAccess& local) {
    const std::string folder = fmt::format("{}objects/pack", git_repository_commondir(repository));
    const Result<system::RootId> root = local.files.open_root(folder);
    const auto names =
        root ? local.files.list({.root = *root, .path = {}}) : Result<std::vector<system::Entry>>{};
    if (!names) {
        return;
    }
    for (const system::Entry& entry : *names) {
        const system::Place place{.root = *root, .path = RelPath().child(entry.name)};
        if (!entry.name.starts_with(half_pack)) {
            continue;
        }
        if (const auto there = local.files.status(place); there && there->modified >= since) {
            (void)local.writer.remove_file(place, *there);
        }
    }
}

// The locks that the killed run made: not older than its mark.
void remove_what_it_left(git_repository* repository,
                         WallTime since,
                         bool is_of_here,
                         const LocalAccess& local) {
    const WallTime now = local.machine.now();
    for (const Lock& lock : locks_of(repository, local.files)) {
        if (lock.status.modified >= since &&
            (is_of_here || now - lock.status.modified > longest_lock_elsewhere)) {
            (void)local.writer.remove_file(lock.place, lock.status);
        }
    }
    remove_half_packs(repository, since, local);
}

}  // namespace

std::string mark_text(const system::Machine& machine, const Unfinished& moving) {
    const system::ProcessId self = machine.self();
    return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n",
                       container_text(machine),
                       self.pid,
                       self.started,
                       moving.from,
                       moving.to,
                       moving.reference);
}

bool is_of_this_container(std::string_view text, const system::Machine& machine) {
    return line(text, 0) == container_text(machine);
}

bool is_run_alive(std::string_view text, const system::Machine& machine) {
    const system::ProcessId process{.pid = number<std::int32_t>(line(text, 1)),
                                    .started = number<std::uint64_t>(line(text, 2))};
    return process.pid > 0 && machine.is_alive(process);
}

Result<Mark> Mark::take(git_repository* repository,
                        const std::string& folder,
                        const LocalAccess& local) {
    ENVKEEP_TRY(const system::RootId root, local.files.open_root(git_repository_path(repository)));
    Mark mark(local, {.root = root, .path = RelPath().child(mark_name)});
    Result<void> written =
        local.writer.write_file(mark.place_, mark_text(local.machine, {}), 0600, std::nullopt);
    if (written) {
        return mark;
    }
    const system::Place place = mark.place_;
    mark.local_ = nullptr;
    if (written.error().kind != ErrorKind::already_exists) {
        return tl::unexpected(std::move(written).error());
    }
    ENVKEEP_TRY(const system::Status there, local.files.status(place));
    ENVKEEP_TRY(const std::string old, local.files.read_file(place, largest_mark));
    const bool is_of_here = is_of_this_container(old, local.machine);
    const bool is_alive = is_of_here ? is_run_alive(old, local.machine)
                                     : local.machine.now() - there.modified < longest_elsewhere;
    if (is_alive || is_git_at_work(folder, local.machine)) {
        return failure(ErrorKind::busy, "another program works in this repository");
    }
    remove_what_it_left(repository, there.modified, is_of_here, local);
    mark.unfinished_ = {.from = std::string(line(old, 3)),
                        .to = std::string(line(old, 4)),
                        .reference = std::string(line(old, 5))};
    // Still the very mark that was judged, or somebody else was faster.
    ENVKEEP_CHECK(
        local.writer.write_file(place, mark_text(local.machine, mark.unfinished_), 0600, there));
    mark.local_ = &local;
    return mark;
}

Mark::Mark(Mark&& other) noexcept
    : local_(std::exchange(other.local_, nullptr)),
      place_(std::move(other.place_)),
      unfinished_(std::move(other.unfinished_)),
      stays_(other.stays_) {}

Mark::~Mark() {
    if (local_ == nullptr || stays_) {
        return;
    }
    if (const auto there = local_->files.status(place_); there) {
        (void)local_->writer.remove_file(place_, *there);
    }
}

Result<void> Mark::note_move(const Unfinished& move) {
    return local_->writer.overwrite_own_file(place_, mark_text(local_->machine, move), 0600);
}

}  // namespace envkeep::git
