// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/core/time.hpp"
#include "git/forward.hpp"
#include "git/lfs.hpp"
#include "git/move.hpp"
#include "git/open_copy.hpp"
#include "git/own_commits.hpp"
#include "git/publish_commit.hpp"
#include "git/push.hpp"
#include "git/rebase.hpp"
#include "git/standing.hpp"
#include "git/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <utility>

namespace envkeep::git {
namespace {

constexpr int most_tries = 5;

enum class Sides { can_be_pushed, nothing_to_push, stopped };

class Publishing {
  public:
    Publishing(Work& work, git_repository* repository, const PublishOptions& options)
        : work_(work), repository_(repository), options_(options) {}

    Result<void> all() {
        branch_ = branch_of_head(repository_);
        if (!branch_.starts_with(heads)) {
            tell_detached();
            return {};
        }
        ENVKEEP_TRY(Mark mark, Mark::take(repository_, work_.wish.folder, work_.local));
        work_.callbacks.at_each_report(mark.renewal());
        if (is_held_up(work_, repository_)) {
            return {};
        }
        ENVKEEP_CHECK(finish_killed_move(work_, repository_, mark));
        if (!options_.message.empty()) {
            ENVKEEP_TRY(const bool committed, commit_all(work_, repository_, options_.message));
            if (!committed) {
                return {};
            }
        }
        remote_ = remote_or_tell(work_, repository_);
        return remote_ ? with_the_remote(mark) : Result<void>{};
    }

  private:
    void tell_detached() {
        work_.tell(model::Finding{
            .id = "git-detached",
            .severity = model::Severity::warning,
            .subject = work_.wish.subject,
            .title = "it stands at no branch: nothing was committed or pushed",
            .fix = {.commands = {git_command(work_.wish.folder, "switch -c my-changes"),
                                 push_command(work_.wish)},
                    .text =
                        "the first makes a branch of what is there; take `tag:` or `commit:` "
                        "out of the manifest before the second, and name the branch after it"}});
    }

    Result<void> with_the_remote(Mark& mark) {
        for (int tried = 0; tried < most_tries; ++tried) {
            ENVKEEP_TRY(const Sides sides, bring_sides_together(mark));
            if (sides != Sides::can_be_pushed) {
                return {};
            }
            ENVKEEP_TRY(const Pushed pushed, send(branch_, theirs_));
            if (pushed == Pushed::done) {
                work_.report.is_pushed = true;
                follow_if_none();
                return {};
            }
            if (pushed == Pushed::failed) {
                return {};
            }
        }
        model::Finding finding{
            .id = "git-push-overtaken",
            .severity = model::Severity::warning,
            .subject = work_.wish.subject,
            .title = fmt::format("others pushed first, {} times in a row: yours are committed here "
                                 "and not pushed",
                                 most_tries),
            .fix = {.commands = {push_command(work_.wish)}}};
        if (git_remote_pushurl(remote_.get()) != nullptr) {
            finding.evidence.push_back(
                fmt::format("remote.{}.pushurl is set: that repository may have commits which the "
                            "one that is fetched from has not",
                            printable(git_remote_name(remote_.get()))));
        }
        work_.tell(std::move(finding));
        return {};
    }

    Result<Pushed> send(const std::string& branch, const std::optional<git_oid>& expected) {
        ENVKEEP_TRY(const bool is_held_up,
                    is_held_up_by_lfs(work_, repository_, remote_.get(), branch));
        return is_held_up ? Pushed::failed : push(work_, remote_.get(), branch, expected);
    }

    // Fetches, and brings own commits upon what came.
    Result<Sides> bring_sides_together(Mark& mark) {
        const std::optional<git_oid> before =
            commit_at(repository_, tracking_name(remote_.get(), branch_));
        const std::optional<Advertised> there =
            fetch(work_, repository_, remote_.get(), History::whole);
        const std::optional<git_oid> ours = commit_at(repository_, "HEAD");
        if (!there) {
            return Sides::stopped;
        }
        if (!ours) {
            return Sides::nothing_to_push;
        }
        theirs_ = there->at(branch_);
        const std::optional<git_oid> theirs = theirs_;
        if (!theirs) {
            return is_gone(*there) ? tell_gone(*there) : Sides::can_be_pushed;
        }
        std::size_t ahead = 0;
        std::size_t behind = 0;
        if (const int code = git_graph_ahead_behind(&ahead, &behind, repository_, &*ours, &*theirs);
            code != 0) {
            return git_failure(code, "compare with what was fetched");
        }
        ENVKEEP_TRY(const OwnCommits own,
                    own_commits(repository_,
                                *ours,
                                *theirs,
                                places_at_remote(repository_, remote_.get(), branch_, before)));
        is_rewritten_ = own.count < ahead;
        if (behind == 0 && !is_rewritten_) {
            return ahead == 0 ? Sides::nothing_to_push : Sides::can_be_pushed;
        }
        std::optional<git_oid> together = theirs;
        if (own.count > 0) {
            Signature author;
            if (git_signature_default(into(author), repository_) == GIT_ENOTFOUND) {
                tell_no_author(work_, "own commits were not brought upon the remote's");
                return Sides::stopped;
            }
            ENVKEEP_TRY(together, rebased(repository_, *ours, own, *theirs));
        }
        if (!together) {
            return leave_both(*ours);
        }
        return take(mark, *ours, *together, own.count > 0, behind);
    }

    Result<Sides> take(Mark& mark,
                       const git_oid& ours,
                       const git_oid& together,
                       bool is_rebased,
                       std::size_t behind) {
        ENVKEEP_TRY(
            const InTheWay found,
            move_files(
                work_, repository_, mark, {.from = ours, .to = together, .reference = branch_}));
        if (!found.is_empty()) {
            tell_in_the_way(work_,
                            found,
                            is_rewritten_
                                ? rebase_of_own("--autostash ")
                                : (is_rebased ? "rebase --autostash " : "merge --ff-only ") +
                                      short_text_of(*theirs_));
            return Sides::stopped;
        }
        work_.report.commits += behind;
        work_.report.change = is_rebased ? CopyChange::rebased : CopyChange::fast_forwarded;
        if (is_rewritten_) {
            tell_rewritten(ours);
        }
        return is_rebased ? Sides::can_be_pushed : Sides::nothing_to_push;
    }

    // Of own commits alone, and of none that somebody removed by force.
    [[nodiscard]] std::string rebase_of_own(std::string_view options = {}) const {
        return fmt::format("rebase {}--fork-point {}", options, shell_quoted(theirs_name()));
    }

    [[nodiscard]] std::string theirs_name() const {
        return tracking_name(remote_.get(), branch_)
            .substr(std::string_view("refs/remotes/").size());
    }

    void tell_rewritten(const git_oid& ours) {
        const std::string old = text_of(ours);
        work_.tell(model::Finding{
            .id = "git-upstream-rewritten",
            .severity = model::Severity::info,
            .subject = work_.wish.subject,
            .title = "somebody pushed another history by force; the copy follows it, with own "
                     "commits upon it",
            .evidence = {"the copy was at " + old},
            .fix = {.commands = {git_command(work_.wish.folder, "branch before-it " + old)},
                    .text = "keeps the old history under a name, if you need it"}});
    }

    // Somebody removed it there, as one does after a merge: it is not for us to bring it back. A
    // remote without any branch was made anew.
    [[nodiscard]] bool is_gone(const Advertised& there) const {
        const std::string tracked = tracking_name(remote_.get(), branch_);
        Buffer upstream;
        return !options_.makes_gone_branches && !there.names.empty() &&
               (commit_at(repository_, tracked) ||
                (git_branch_upstream_name(upstream.get(), repository_, branch_.c_str()) == 0 &&
                 upstream.text() == tracked));
    }

    Sides tell_gone(const Advertised& there) {
        const std::string name = branch_.substr(heads.size());
        tell_branch_gone(work_, name, there.default_branch, BranchAtRemote::was_there);
        return Sides::stopped;
    }

    // Ours goes under a name of its own, here and there; the copy stays at it. What somebody
    // removed by force is not sent again under that name.
    Result<Sides> leave_both(const git_oid& ours) {
        const std::string name = name_for(ours);
        Reference made;
        if (const int code = git_reference_create(
                into(made), repository_, name.c_str(), &ours, 1, "envkeep: both sides are kept");
            code != 0) {
            return git_failure(code, "name a branch for this side");
        }
        const std::size_t before = work_.report.findings.size();
        bool is_there = false;
        if (!is_rewritten_) {
            ENVKEEP_TRY(const Pushed pushed, send(name, std::nullopt));
            is_there = pushed == Pushed::done;
        }
        const std::string theirs = theirs_name();
        const std::string& folder = work_.wish.folder;
        work_.report.findings.insert(
            work_.report.findings.begin() + static_cast<std::ptrdiff_t>(before),
            model::Finding{
                .id = "git-both-kept",
                .severity = model::Severity::warning,
                .subject = work_.wish.subject,
                .title = "both sides changed the same: nothing was lost, and nothing was merged",
                .evidence = {fmt::format("this side: branch {}{}",
                                         name.substr(heads.size()),
                                         is_there ? ", pushed" : ", only here"),
                             "the other side: " + theirs},
                .fix = {.commands = {git_command(folder,
                                                 is_rewritten_ ? rebase_of_own()
                                                               : "merge " + shell_quoted(theirs)),
                                     push_command(work_.wish)},
                        .text = fmt::format("the first says in which files you have to decide; {}, "
                                            "then the second",
                                            is_rewritten_ ? "go on as it says" : "commit")}});
        return Sides::stopped;
    }

    // One that stands at it already, or a new one.
    [[nodiscard]] std::string name_for(const git_oid& ours) const {
        git_reference_iterator* names = nullptr;
        if (git_reference_iterator_glob_new(&names, repository_, "refs/heads/envkeep/*") == 0) {
            const Handle<git_reference_iterator, git_reference_iterator_free> owner(names);
            const char* name = nullptr;
            while (git_reference_next_name(&name, names) == 0) {
                const std::optional<git_oid> there = commit_at(repository_, name);
                if (there && git_oid_equal(&*there, &ours) != 0) {
                    return name;
                }
            }
        }
        std::string machine = options_.machine.empty() ? "machine" : options_.machine;
        std::ranges::replace_if(
            machine,
            [](unsigned char c) {
                return !(c < 0x80 && (std::isalnum(c) != 0 || c == '-' || c == '_'));
            },
            '-');
        std::string date = utc_text(work_.local.machine.now());
        std::erase_if(date, [](char c) { return c == ':' || c == '-'; });
        return fmt::format("{}envkeep/{}-{}", heads, machine, date);
    }

    void follow_if_none() {
        Buffer upstream;
        Reference branch;
        const std::string name = branch_.substr(heads.size());
        if (git_branch_upstream_name(upstream.get(), repository_, branch_.c_str()) != 0 &&
            git_branch_lookup(into(branch), repository_, name.c_str(), GIT_BRANCH_LOCAL) == 0) {
            (void)git_branch_set_upstream(
                branch.get(), fmt::format("{}/{}", git_remote_name(remote_.get()), name).c_str());
        }
    }

    Work& work_;
    git_repository* repository_;
    const PublishOptions& options_;
    std::string branch_;
    Remote remote_;
    std::optional<git_oid> theirs_;  // the remote's branch, as just fetched
    bool is_rewritten_ = false;      // somebody removed by force what this side has
};

void note_head(git_repository* repository, std::string& text) {
    if (const std::optional<git_oid> head = commit_at(repository, "HEAD")) {
        text = text_of(*head);
    }
}

}  // namespace

CopyReport publish(const Wish& wish,
                   const PublishOptions& options,
                   const RemoteAccess& access,
                   const LocalAccess& local) {
    const LibGit library(local.home);
    Work work(wish, access, local);
    if (!is_ready(work, library)) {
        return std::move(work.report);
    }
    const Opened opened = open_copy(wish.folder, local);
    if (tell_of_standing(work, opened)) {
        return std::move(work.report);
    }
    if (opened.standing != Standing::working_copy) {
        work.tell(model::Finding{.id = "git-not-cloned",
                                 .severity = model::Severity::warning,
                                 .subject = wish.subject,
                                 .title = "there is no working copy at " + quoted(wish.folder),
                                 .fix = {.commands = {"envkeep sync"}}});
        return std::move(work.report);
    }
    git_repository* const repository = opened.repository.get();
    note_head(repository, work.report.before);
    if (const Result<void> done = Publishing(work, repository, options).all(); !done) {
        work.tell(done.error());
    }
    note_head(repository, work.report.after);
    return std::move(work.report);
}

}  // namespace envkeep::git
