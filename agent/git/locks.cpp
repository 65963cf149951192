// SPDX-License-Identifier: MIT
#include "git/locks.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

namespace envkeep::git {
namespace {

constexpr std::size_t most_locks = 100;
constexpr std::size_t most_looked_at = 20'000;
constexpr int deepest_refs = 32;

constexpr std::array<std::string_view, 9> fixed_names{"index.lock",
                                                      "HEAD.lock",
                                                      "config.lock",
                                                      "packed-refs.lock",
                                                      "shallow.lock",
                                                      "FETCH_HEAD.lock",
                                                      "ORIG_HEAD.lock",
                                                      "MERGE_HEAD.lock",
                                                      "config.worktree.lock"};

class Search {
  public:
    explicit Search(system::FileReader& files) : files_(files) {}

    void look_in(const char* folder, bool with_references) {
        const Result<system::RootId> root = files_.open_root(folder);
        if (!root) {
            return;
        }
        folder_ = folder;
        for (const std::string_view name : fixed_names) {
            take({.root = *root, .path = RelPath().child(name)});
        }
        if (with_references) {
            walk({.root = *root, .path = RelPath().child("refs")}, deepest_refs);
        }
    }

    std::vector<Lock> found;

  private:
    void take(const system::Place& place) {
        const Result<system::Status> there = files_.status(place);
        if (there && there->kind == system::Kind::file && found.size() < most_locks) {
            found.push_back({.place = place,
                             .path = folder_ + place.path.text(),
                             .name = place.path.text(),
                             .status = *there});
        }
    }

    void walk(const system::Place& folder, int depth) {
        const auto entries = files_.list(folder);
        if (!entries || depth == 0) {
            return;
        }
        for (const system::Entry& entry : *entries) {
            if (++looked_at_ > most_looked_at) {
                return;
            }
            if (entry.kind == system::Kind::folder) {
                walk(folder.child(entry.name), depth - 1);
            } else if (entry.name.ends_with(".lock")) {
                take(folder.child(entry.name));
            }
        }
    }

    system::FileReader& files_;
    std::string folder_;  // ends in '/'; a root may have been renamed since it was opened
    std::size_t looked_at_ = 0;
};

}  // namespace

std::vector<Lock> locks_of(git_repository* repository, system::FileReader& files) {
    Search search(files);
    const std::string_view own = git_repository_path(repository);
    const std::string_view shared = git_repository_commondir(repository);
    search.look_in(shared.data(), true);
    if (own != shared) {
        search.look_in(own.data(), false);
    }
    return std::move(search.found);
}

std::string told(const Lock& lock, WallTime now) {
    return fmt::format("{}, {} old",
                       printable(lock.name),
                       age_text(std::max(now - lock.status.modified, std::chrono::nanoseconds{0})));
}

bool is_git_at_work(const std::string& folder, const system::Machine& machine) {
    const Result<std::string> real = machine.real_path(folder);
    return std::ranges::any_of(machine.names_in("/proc"), [&](const std::string& pid) {
        if (pid.find_first_not_of("0123456789") != std::string::npos) {
            return false;
        }
        const Result<std::string> name = machine.read_fact("/proc/" + pid + "/comm", 64);
        const std::string_view program = name ? trimmed(*name) : std::string_view();
        if (program != "git" && !program.starts_with("git-")) {
            return false;
        }
        const Result<std::string> where = machine.real_path("/proc/" + pid + "/cwd");
        if (!where) {
            // One that has ended meanwhile is not at work; where one may not be looked at, it may.
            return where.error().kind != ErrorKind::not_found;
        }
        return !real || is_path_within(*where, *real);
    });
}

}  // namespace envkeep::git
