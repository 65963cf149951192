// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/git/address.hpp"
#include "git/locks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace envkeep::git {
namespace {

constexpr std::string_view mark_name = "envkeep-at-work";
// What happens under a mark takes seconds, a fetch aside, which keeps no lock while it waits.
constexpr std::chrono::minutes longest_move_elsewhere{10};
constexpr std::chrono::minutes renewed_after{1};
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

system::ProcessId process_in(std::string_view mark) {
    return {.pid = number<std::int32_t>(line(mark, 1)),
            .started = number<std::uint64_t>(line(mark, 2))};
}

Unfinished unfinished_in(std::string_view mark) {
    return {.from = std::string(line(mark, 3)),
            .to = std::string(line(mark, 4)),
            .reference = std::string(line(mark, 5))};
}

// When the mark was first written, which it says itself once it was written anew.
WallTime first_written(std::string_view mark, const system::Status& status) {
    const auto noted = number<std::int64_t>(line(mark, 6));
    return noted > 0 ? WallTime(std::chrono::nanoseconds(noted)) : status.modified;
}

std::string with_first_time(std::string text, WallTime first) {
    return text + std::to_string(first.time_since_epoch().count()) + '\n';
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

// A push to a path of this machine makes locks there. Whoever else is at work there holds one for
// moments only.
void remove_locks_at_remotes(git_repository* repository, WallTime since, const LocalAccess& local) {
    constexpr std::chrono::seconds longest_held{1};
    git_strarray names{};
    std::vector<Lock> left;
    if (git_remote_list(&names, repository) != 0) {
        return;
    }
    for (std::size_t i = 0; i < names.count; ++i) {
        Remote remote;
        if (git_remote_lookup(into(remote), repository, names.strings[i]) != 0) {
            continue;
        }
        const char* const push_url = git_remote_pushurl(remote.get());
        Repository there;
        const Result<Address> address =
            parse_address(push_url == nullptr ? git_remote_url(remote.get()) : push_url);
        if (!address || address->way != Way::file ||
            git_repository_open(into(there), address->path.c_str()) != 0) {
            continue;
        }
        for (Lock& lock : locks_of(there.get(), local.files)) {
            if (lock.name.starts_with("refs/") && lock.status.modified >= since &&
                lock.status.uid == local.machine.effective_uid()) {
                left.push_back(std::move(lock));
            }
        }
    }
    git_strarray_dispose(&names);
    if (!left.empty()) {
        std::this_thread::sleep_for(longest_held);
    }
    for (const Lock& lock : left) {
        if (const auto now = local.files.status(lock.place); now && *now == lock.status) {
            (void)local.writer.remove_file(lock.place, *now);
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
    if (is_of_here) {
        remove_locks_at_remotes(repository, since, local);
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
    const Result<system::Container> here = machine.container();
    return here && here->is_surely(*here) && line(text, 0) == container_text(machine);
}

bool is_run_alive(std::string_view text, const system::Machine& machine) {
    const system::ProcessId process = process_in(text);
    return process.pid > 0 && machine.is_alive(process);
}

bool is_marked(git_repository* repository, const LocalAccess& local) {
    const auto mark =
        local.files.open_root(git_repository_path(repository)).and_then([&](auto root) {
            return local.files.status({.root = root, .path = RelPath().child(mark_name)});
        });
    return mark && mark->kind != system::Kind::absent;
}

Result<Mark> Mark::take(git_repository* repository,
                        const std::string& folder,
                        const LocalAccess& local) {
    ENVKEEP_TRY(const system::RootId root, local.files.open_root(git_repository_path(repository)));
    Mark mark(local, repository, {.root = root, .path = RelPath().child(mark_name)});
    Result<void> written =
        local.writer.write_file(mark.place_, mark_text(local.machine, {}), 0600, std::nullopt);
    if (written) {
        ENVKEEP_CHECK(mark.note_time());
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
    const bool is_alive =
        is_of_here ? is_run_alive(old, local.machine) && process_in(old) != local.machine.self()
                   : local.machine.now() - there.modified < longest_move_elsewhere;
    if (is_alive || is_git_at_work(folder, local.machine)) {
        return failure(ErrorKind::busy, "another program works in this repository");
    }
    remove_what_it_left(repository, first_written(old, there), is_of_here, local);
    mark.unfinished_ = unfinished_in(old);
    // Still the very mark that was judged, or somebody else was faster.
    ENVKEEP_CHECK(
        local.writer.write_file(place, mark_text(local.machine, mark.unfinished_), 0600, there));
    mark.local_ = &local;
    ENVKEEP_CHECK(mark.note_time());
    return mark;
}

Result<void> Mark::note_time() {
    ENVKEEP_TRY(const system::Status there, local_->files.status(place_));
    since_ = there.modified;
    return {};
}

Mark::Mark(Mark&& other) noexcept
    : local_(std::exchange(other.local_, nullptr)),
      repository_(other.repository_),
      place_(std::move(other.place_)),
      since_(other.since_),
      unfinished_(std::move(other.unfinished_)),
      stays_(other.stays_) {}

Mark::~Mark() {
    if (local_ == nullptr || stays_) {
        return;
    }
    const auto there = local_->files.status(place_);
    const std::vector<Lock> locks = locks_of(repository_, local_->files);
    const bool has_left_one = std::ranges::any_of(
        locks, [&](const Lock& lock) { return lock.status.modified >= since_; });
    if (there && !has_left_one) {
        (void)local_->writer.remove_file(place_, *there);
    }
}

Result<void> Mark::note_move(const Unfinished& move) {
    // It is written anew: what was made since it was first stays known for ours.
    return local_->writer.overwrite_own_file(
        place_, with_first_time(mark_text(local_->machine, move), since_), 0600);
}

std::function<void()> Mark::renewal() const {
    return [place = place_, &local = *local_] {
        const auto there = local.files.status(place);
        if (!there || local.machine.now() - there->modified < renewed_after) {
            return;
        }
        const Result<std::string> text = local.files.read_file(place, largest_mark);
        if (text && line(*text, 0) == container_text(local.machine) &&
            process_in(*text) == local.machine.self()) {
            (void)local.writer.overwrite_own_file(
                place,
                line(*text, 6).empty() ? with_first_time(*text, there->modified) : *text,
                0600);
        }
    };
}

}  // namespace envkeep::git
