// SPDX-License-Identifier: MIT
#include "git/clone.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/system/temporary_name.hpp"
#include "git/fetch.hpp"
#include "git/locks.hpp"
#include "git/move.hpp"
#include "git/new_repository.hpp"
#include "git/state.hpp"
#include "git/submodules.hpp"
#include "git/target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace envkeep::git {
namespace {

constexpr std::string_view owner_name = "at-work";
constexpr std::string_view copy_name = "copy";
constexpr std::uint64_t largest_owner_mark = 4096;
// A clone of another container that is older was killed.
constexpr std::chrono::hours longest_clone_elsewhere{2};
constexpr std::uint32_t folders_above = 0755;

std::uint32_t random_number(const system::Machine& machine) {
    const std::string id = machine.random_id();
    std::uint32_t number = 0;
    std::from_chars(id.data(), id.data() + std::min<std::size_t>(id.size(), 8), number, 16);
    return number;
}

// Where the copy is made: a folder of our own beside its place, with a note of whose it is.
class Workshop {
  public:
    static Result<Workshop> open(const system::Place& target,
                                 std::uint32_t mode,
                                 const LocalAccess& local) {
        const system::Place place = target.parent().child(
            system::temporary_name(target.path.name(), random_number(local.machine)));
        ENVKEEP_CHECK(local.writer.make_folder(place, 0700));
        Workshop made(place, local);
        ENVKEEP_CHECK(local.writer.write_file(
            place.child(owner_name), mark_text(local.machine, {}), 0600, std::nullopt));
        ENVKEEP_CHECK(local.writer.make_folder(made.copy(), mode));
        return made;
    }

    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;

    Workshop(Workshop&& other) noexcept
        : place_(std::move(other.place_)), local_(std::exchange(other.local_, nullptr)) {}

    Workshop& operator=(Workshop&&) = delete;

    ~Workshop() {
        if (local_ != nullptr) {
            (void)local_->writer.remove_own_tree(place_);
        }
    }

    [[nodiscard]] system::Place copy() const { return place_.child(copy_name); }

  private:
    Workshop(system::Place place, const LocalAccess& local)
        : place_(std::move(place)), local_(&local) {}

    system::Place place_;
    const LocalAccess* local_;
};

Result<Workshop> open_workshop(const system::Place& target,
                               std::uint32_t mode,
                               const LocalAccess& local) {
    auto opened = Workshop::open(target, mode, local);
    if (!opened && opened.error().kind == ErrorKind::not_found) {
        return Workshop::open(target, mode, local);  // see is_left_over
    }
    return opened;
}

bool is_left_over(const system::Place& place, const LocalAccess& local) {
    const Result<system::Status> there = local.files.status(place);
    const Result<std::string> mark =
        local.files.read_file(place.child(owner_name), largest_owner_mark);
    if (!there || there->kind != system::Kind::folder) {
        return false;
    }
    const bool is_old = local.machine.now() - there->modified > longest_clone_elsewhere;
    if (!mark) {
        // Killed before it could say whose it is, or about to say it: nothing is in it yet, and
        // whoever was about to tries again.
        const Result<system::Status> copy = local.files.status(place.child(copy_name));
        return is_old || (copy && copy->kind == system::Kind::absent);
    }
    return is_of_this_container(*mark, local.machine) ? !is_run_alive(*mark, local.machine)
                                                      : is_old;
}

void remove_left_overs(const system::Place& target, const LocalAccess& local) {
    const auto names = local.files.list(target.parent());
    if (!names) {
        return;
    }
    for (const system::Entry& entry : *names) {
        const system::Place place = target.parent().child(entry.name);
        if (entry.kind == system::Kind::folder &&
            system::is_temporary_of(entry.name, target.path.name()) && is_left_over(place, local)) {
            (void)local.writer.remove_own_tree(place);
        }
    }
}

// The folders above are made where they are missing; links among them are followed, as the user
// named them.
Result<system::Place> place_of(const std::string& folder, const LocalAccess& local) {
    std::string above = folder;
    std::string below;
    while (true) {
        const std::size_t slash = above.rfind('/');
        if (slash == std::string::npos) {
            return failure(ErrorKind::usage, quoted(folder) + " is not an absolute path");
        }
        below = above.substr(slash + 1) + (below.empty() ? "" : "/" + below);
        above.resize(slash);
        const std::string looked_at = above.empty() ? "/" : above;
        ENVKEEP_TRY(const system::Status there, local.files.follow(looked_at));
        if (there.kind == system::Kind::absent) {
            continue;
        }
        ENVKEEP_TRY(const system::RootId root, local.files.open_root(looked_at));
        ENVKEEP_TRY(RelPath path, RelPath::parse(below));
        system::Place place{.root = root, .path = std::move(path)};
        if (!place.path.parent().is_root()) {
            ENVKEEP_CHECK(local.writer.make_folders(place.parent(), folders_above));
        }
        return place;
    }
}

Result<Repository> empty_copy(const system::Place& copy, const LocalAccess& local) {
    git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
    options.flags = GIT_REPOSITORY_INIT_NO_REINIT;
    ENVKEEP_TRY(Repository made, new_repository(local.files.absolute(copy), options));
    // What libgit2 tried links with, and could not remove.
    ENVKEEP_TRY(const std::vector<system::Entry> entries, local.files.list(copy));
    for (const system::Entry& entry : entries) {
        if (entry.name.starts_with("_git2_")) {
            ENVKEEP_CHECK(local.writer.remove_own_tree(copy.child(entry.name)));
        }
    }
    return made;
}

Result<Remote> new_remote(git_repository* repository, const Wish& wish) {
    // As git does: of a shallow copy only the branch that is wanted.
    const bool is_one_branch = wish.shallow && !wish.branch.empty();
    const std::string spec =
        is_one_branch ? fmt::format("+refs/heads/{0}:refs/remotes/origin/{0}", wish.branch)
                      : "+refs/heads/*:refs/remotes/origin/*";
    Remote remote;
    if (const int code = git_remote_create_with_fetchspec(
            into(remote), repository, "origin", wish.url.c_str(), spec.c_str());
        code != 0) {
        return git_failure(code, "set the remote");
    }
    return remote;
}

Result<void> set_upstream(git_repository* repository, const std::string& branch) {
    Reference reference;
    int code = git_branch_lookup(into(reference), repository, branch.c_str(), GIT_BRANCH_LOCAL);
    if (code == 0) {
        code = git_branch_set_upstream(reference.get(), ("origin/" + branch).c_str());
    }
    return code == 0 ? Result<void>{} : git_failure(code, "set the branch to follow");
}

// "origin/HEAD", which says what the remote's default is: `git` shows and uses it.
void note_default_branch(git_repository* repository, const Advertised& there) {
    if (there.default_branch.starts_with(heads)) {
        Reference reference;
        (void)git_reference_symbolic_create(
            into(reference),
            repository,
            "refs/remotes/origin/HEAD",
            ("refs/remotes/origin/" + there.default_branch.substr(heads.size())).c_str(),
            1,
            nullptr);
    }
}

// What the first push is to make: no server tells how it would call its first branch. Hosts call it
// "main" today; libgit2 and git without a configuration say "master".
std::string first_branch(git_repository* repository) {
    Config config;
    Buffer name;
    return git_repository_config_snapshot(into(config), repository) == 0 &&
                   git_config_get_string_buf(name.get(), config.get(), "init.defaultbranch") == 0
               ? name.text()
               : "main";
}

void tell_empty(Work& work) {
    work.tell(model::Finding{.id = "git-empty-remote",
                             .severity = model::Severity::info,
                             .subject = work.wish.subject,
                             .title = "the remote has no commits yet",
                             .fix = {.text = "the first push makes its branch"}});
}

// True if the copy is all there.
Result<bool> fill(Work& work, git_repository* repository) {
    ENVKEEP_TRY(const Remote remote, new_remote(repository, work.wish));
    const History history = work.wish.shallow ? History::newest : History::whole;
    const std::optional<Advertised> there = fetch(work, repository, remote.get(), history);
    if (!there) {
        return false;
    }
    note_default_branch(repository, *there);
    const std::optional<Target> target = target_of(work, repository, *there);
    if (!target) {
        if (!work.report.findings.empty()) {
            return false;
        }
        const std::string branch =
            work.wish.branch.empty() ? first_branch(repository) : work.wish.branch;
        (void)git_repository_set_head(repository, ("refs/heads/" + branch).c_str());
        tell_empty(work);
        return true;
    }
    ENVKEEP_TRY(Mark mark, Mark::take(repository, work.wish.folder, work.local));
    work.callbacks.at_each_report(mark.renewal());
    const Move move{.from = std::nullopt,
                    .to = target->commit,
                    .reference = target->branch.empty() ? "" : "refs/heads/" + target->branch};
    ENVKEEP_TRY(const InTheWay found, move_files(work, repository, mark, move));
    if (!found.is_empty()) {
        return failure(ErrorKind::conflict, "somebody wrote into the clone while it was made");
    }
    if (!target->branch.empty()) {
        ENVKEEP_CHECK(set_upstream(repository, target->branch));
    }
    if (work.wish.submodules) {
        bring_submodules(work, repository);
    }
    work.report.after = text_of(target->commit);
    return true;
}

Result<CloneEnd> take_its_place(const system::Place& made,
                                const system::Place& target,
                                const LocalAccess& local) {
    ENVKEEP_TRY(const system::Status there, local.files.status(target));
    if (there.kind == system::Kind::folder) {
        // Only if it is still empty.
        (void)local.writer.remove_empty_folder(target);
    }
    const Result<void> moved = local.writer.move(made, target);
    if (!moved && moved.error().kind == ErrorKind::already_exists) {
        return CloneEnd::was_taken;
    }
    ENVKEEP_CHECK(moved);
    return CloneEnd::done;
}

Result<CloneEnd> clone_or_error(Work& work, std::uint32_t mode) {
    ENVKEEP_TRY(const system::Place target, place_of(work.wish.folder, work.local));
    remove_left_overs(target, work.local);
    ENVKEEP_TRY(const Workshop workshop, open_workshop(target, mode, work.local));
    ENVKEEP_TRY(const Repository repository, empty_copy(workshop.copy(), work.local));
    ENVKEEP_TRY(const bool is_whole, fill(work, repository.get()));
    if (!is_whole) {
        return CloneEnd::failed;
    }
    // All of them are ours: left by a removal that failed.
    for (const Lock& lock : locks_of(repository.get(), work.local.files)) {
        ENVKEEP_CHECK(work.local.writer.remove_file(lock.place, lock.status));
    }
    ENVKEEP_CHECK(check_may_go_on(work));
    return take_its_place(workshop.copy(), target, work.local);
}

}  // namespace

void remove_left_overs(const std::string& folder, const LocalAccess& local) {
    const std::size_t slash = folder.rfind('/');
    if (slash == std::string::npos || slash + 1 == folder.size()) {
        return;
    }
    if (const auto root = local.files.open_root(slash == 0 ? "/" : folder.substr(0, slash))) {
        remove_left_overs({.root = *root, .path = RelPath().child(folder.substr(slash + 1))},
                          local);
    }
}

CloneEnd clone(Work& work, std::uint32_t mode) {
    const Result<CloneEnd> end = clone_or_error(work, mode);
    if (!end) {
        work.tell(end.error());
        return CloneEnd::failed;
    }
    if (*end == CloneEnd::done) {
        work.report.change = CopyChange::cloned;
    }
    return *end;
}

}  // namespace envkeep::git
