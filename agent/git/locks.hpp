// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/git/working_copy.hpp"
#include "git/handles.hpp"

#include <functional>
#include <string>
#include <vector>

// Lock files of git, and the mark that a run of ours leaves while it changes a working copy.
namespace envkeep::git {

struct Lock {
    system::Place place;
    std::string path;  // absolute
    std::string name;  // below the repository's own folder: "index.lock", "refs/heads/main.lock"
    system::Status status;
};

// Those that git and libgit2 make; bounded.
[[nodiscard]] std::vector<Lock> locks_of(git_repository* repository, system::FileReader& files);

// "index.lock, 12 min old".
[[nodiscard]] std::string told(const Lock& lock, WallTime now);

// Whether a process named git of this machine stands in the folder.
[[nodiscard]] bool is_git_at_work(const std::string& folder, const system::Machine& machine);

// What a killed run of ours was about to do.
struct Unfinished {
    std::string from;  // commits; empty: it moved nothing
    std::string to;
    std::string reference;  // that HEAD was to name; empty: detached
};

// Whether a run of ours changes this repository, or was killed before it had cleaned up.
[[nodiscard]] bool is_marked(git_repository* repository, const LocalAccess& local);

// Ours while we change a working copy: one run at a time, and the next one knows whether the last
// was killed, and whose the lock files are that it finds. It stays where one of ours does that
// could not be removed. `repository` must outlive it.
class Mark {
  public:
    // busy while another run of ours lives; what a killed one left of locks is removed.
    [[nodiscard]] static Result<Mark> take(git_repository* repository,
                                           const std::string& folder,
                                           const LocalAccess& local);

    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;
    Mark(Mark&& other) noexcept;
    Mark& operator=(Mark&&) = delete;
    ~Mark();

    // Of the run that was killed.
    [[nodiscard]] const Unfinished& unfinished() const { return unfinished_; }

    // Whether the mark stays when this ends, as if the run were killed: for the next one to mend.
    void keep() { stays_ = true; }

    void let_go() { stays_ = false; }

    // Notes what is about to be done with the files.
    [[nodiscard]] Result<void> note_move(const Unfinished& move);

    // To be called while it works, as often as one likes: another container takes a run whose mark
    // is minutes old for dead. Does nothing once the mark is gone or another's.
    [[nodiscard]] std::function<void()> renewal() const;

  private:
    Mark(const LocalAccess& local, git_repository* repository, system::Place place)
        : local_(&local), repository_(repository), place_(std::move(place)) {}

    [[nodiscard]] Result<void> note_time();

    const LocalAccess* local_;  // none: moved from
    git_repository* repository_;
    system::Place place_;
    WallTime since_{};  // when it was first written, by the clock of its file system
    Unfinished unfinished_;
    bool stays_ = false;
};

// The text of a mark, and whether the run that wrote one is at work still.
[[nodiscard]] std::string mark_text(const system::Machine& machine, const Unfinished& moving);
[[nodiscard]] bool is_run_alive(std::string_view text, const system::Machine& machine);
// False if it cannot be told by asking for the process: another container wrote it.
[[nodiscard]] bool is_of_this_container(std::string_view text, const system::Machine& machine);

}  // namespace envkeep::git
