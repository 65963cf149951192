// SPDX-License-Identifier: MIT
#include "git/submodules.hpp"

#include "envkeep/core/rel_path.hpp"
#include "envkeep/core/secrets.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/git/address.hpp"
#include "git/fetch.hpp"
#include "git/locks.hpp"
#include "git/move.hpp"
#include "git/new_repository.hpp"
#include "git/open_copy.hpp"
#include "git/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace envkeep::git {
namespace {

constexpr int deepest_submodule = 8;
// Of a repository, those in submodules too: one that names itself many times would never end.
constexpr std::size_t most_submodules = 250;

void tell_failed(Work& work,
                 const std::string& path,
                 const std::string& why,
                 const std::string& hint) {
    work.tell(model::Finding{.id = "git-submodule-failed",
                             .severity = model::Severity::warning,
                             .subject = work.wish.subject,
                             .title = fmt::format("submodule {} did not come", quoted(path)),
                             .evidence = {why},
                             .fix = {.text = hint}});
}

// What its remote said keeps its evidence and its cure.
void tell_failed(Work& work, const std::string& path, const model::Finding& cause) {
    tell_failed(work, path, cause.title, cause.fix.text);
    model::Finding& told = work.report.findings.back();
    told.evidence.insert(told.evidence.end(), cause.evidence.begin(), cause.evidence.end());
    told.fix.commands = cause.fix.commands;
}

// Like git, which takes no submodule from a path of this machine unless the repository is one too,
// and never a URL that reads as an option or starts a program.
std::string fault_of_url(const std::string& url, const std::string& parent) {
    if (url.empty() || url.starts_with('-') || url.find("::") != std::string::npos ||
        std::ranges::any_of(url, [](unsigned char c) { return c < ' ' || c == 0x7F; })) {
        return "its URL is not one of a repository: " + quoted(masked(url));
    }
    const Result<Address> address = parse_address(url);
    if (!address) {
        return address.error().message;
    }
    const Result<Address> above = parse_address(parent);
    if (address->way == Way::file && (!above || above->way != Way::file)) {
        return "its URL is a path of this machine: " + quoted(url);
    }
    return address->path.find("/-") != std::string::npos ? "its URL reads as an option" : "";
}

int note_path(git_submodule* submodule, const char* /*name*/, void* payload) {
    static_cast<std::vector<std::string>*>(payload)->emplace_back(git_submodule_path(submodule));
    return 0;
}

Result<Remote> own_remote(git_repository* repository, const std::string& url) {
    Remote remote;
    int code = git_remote_lookup(into(remote), repository, "origin");
    if (code == GIT_ENOTFOUND) {
        code = git_remote_create(into(remote), repository, "origin", url.c_str());
    }
    if (code != 0) {
        return git_failure(code, "set its remote");
    }
    git_remote_set_instance_url(remote.get(), rewritten(repository, url).c_str());
    return remote;
}

Result<Repository> opened_or_made(Work& work, git_submodule* submodule, const std::string& folder) {
    Opened there = open_copy(folder, work.local);
    if (there.standing == Standing::working_copy) {
        return std::move(there.repository);
    }
    if (there.standing != Standing::absent && there.standing != Standing::empty_folder) {
        return failure(ErrorKind::conflict, fmt::format("{} {}", quoted(folder), there.why));
    }
    // As git lays them out; what a killed run left of one is gone on with.
    ENVKEEP_TRY(const RelPath name, RelPath::parse(git_submodule_name(submodule)));
    const std::string place = fmt::format(
        "{}modules/{}", git_repository_commondir(git_submodule_owner(submodule)), name.text());
    git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
    options.flags = GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_NO_DOTGIT_DIR |
                    GIT_REPOSITORY_INIT_RELATIVE_GITLINK;
    options.workdir_path = folder.c_str();
    if (const int code = git_submodule_init(submodule, 0); code != 0) {
        return git_failure(code, "make its repository");
    }
    return new_repository(place, options);
}

// Whether all that a commit has is in one of the remote's branches as they were fetched, or was
// taken from there: a commit of the user's own is first noted as such where HEAD has been.
Result<bool> came_from_remote(git_repository* repository, const git_oid& commit) {
    ENVKEEP_TRY(const std::size_t only_here, commits_only_here(repository, commit));
    if (only_here == 0) {
        return true;
    }
    Reflog log;
    if (git_reflog_read(into(log), repository, "HEAD") != 0) {
        return false;
    }
    for (std::size_t i = git_reflog_entrycount(log.get()); i > 0; --i) {
        const git_reflog_entry* const entry = git_reflog_entry_byindex(log.get(), i - 1);
        if (git_oid_equal(git_reflog_entry_id_new(entry), &commit) != 0) {
            const char* const words = git_reflog_entry_message(entry);
            return words != nullptr && std::string_view(words).starts_with("checkout: ");
        }
    }
    return false;
}

// What of the user's a submodule has that a move to `wanted` would leave behind; empty: nothing.
Result<std::string> what_is_own(git_repository* parent,
                                git_repository* made,
                                const std::string& path,
                                const git_oid& head,
                                const git_oid& wanted) {
    Index index;
    if (const int code = git_repository_index(into(index), parent); code != 0) {
        return git_failure(code, "read the index");
    }
    const git_index_entry* const noted = git_index_get_bypath(index.get(), path.c_str(), 0);
    if (noted != nullptr && git_oid_equal(&noted->id, &wanted) == 0) {
        return "another commit of it is staged";
    }
    if (const std::string branch = branch_of_head(made); !branch.empty()) {
        return fmt::format("it stands at branch {}", quoted(branch.substr(heads.size())));
    }
    ENVKEEP_TRY(const bool clean, is_clean(made));
    if (!clean) {
        return "files in it were changed";
    }
    ENVKEEP_TRY(const bool came, came_from_remote(made, head));
    return came || git_graph_descendant_of(made, &wanted, &head) == 1
               ? ""
               : "it has commits that its remote has not";
}

class Brought {
  public:
    Brought(Work& work, git_repository* parent, int depth, std::size_t& left)
        : work_(work), parent_(parent), depth_(depth), left_(left) {}

    void all() {
        std::vector<std::string> paths;
        if (git_submodule_foreach(parent_, note_path, &paths) != 0) {
            tell_failed(work_, ".gitmodules", last_words(), "correct that file");
            return;
        }
        if (paths.size() > left_) {
            tell_failed(
                work_,
                paths.front(),
                fmt::format("there are more than {} of them, and none came", most_submodules),
                "`git submodule update --init --recursive` there brings them all");
            return;
        }
        left_ -= paths.size();
        for (const std::string& path : paths) {
            if (const Result<void> done = one(path); !done) {
                tell_failed(work_, path, done.error().message, done.error().hint);
            }
        }
    }

  private:
    Result<void> one(const std::string& path) {
        Submodule submodule;
        if (const int code = git_submodule_lookup(into(submodule), parent_, path.c_str());
            code != 0) {
            return git_failure(code, "read .gitmodules");
        }
        const git_oid* const wanted = git_submodule_head_id(submodule.get());
        if (wanted == nullptr) {
            return {};  // only in .gitmodules
        }
        if (depth_ == 0) {
            return failure(ErrorKind::unsupported, "submodules in submodules, too deep");
        }
        ENVKEEP_TRY(const std::string url, url_of(submodule.get()));
        ENVKEEP_TRY(const RelPath below, RelPath::parse(path));
        ENVKEEP_TRY(const system::RootId root,
                    work_.local.files.open_root(git_repository_workdir(parent_)));
        // unsafe_path if a link is on the way.
        ENVKEEP_TRY(const system::Status there,
                    work_.local.files.status({.root = root, .path = below}));
        if (there.kind == system::Kind::link) {
            return failure(ErrorKind::conflict,
                           "a link stands in its place",
                           "move the link away, then run the same again");
        }
        return bring(submodule.get(), *wanted, url, git_repository_workdir(parent_) + path);
    }

    [[nodiscard]] Result<std::string> url_of(git_submodule* submodule) const {
        const char* const noted = git_submodule_url(submodule);
        const std::string plain = noted == nullptr ? "" : noted;
        Buffer resolved;
        if (plain.empty() || plain.starts_with('-')) {
            return failure(ErrorKind::unsupported,
                           "its URL is not one of a repository: " + quoted(plain));
        }
        if (const int code = git_submodule_resolve_url(resolved.get(), parent_, plain.c_str());
            code != 0) {
            return git_failure(code, "resolve its URL");
        }
        std::string url = resolved.text();
        constexpr std::string_view file = "file://";
        if (plain.starts_with('.') && url.starts_with(file) && url.substr(file.size(), 1) != "/") {
            url.insert(file.size(), "/");  // libgit2 1.9 makes two slashes of the three
        }
        const std::string fault = fault_of_url(url, work_.wish.url);
        if (!fault.empty()) {
            return failure(ErrorKind::unsupported,
                           fault,
                           "have it corrected in .gitmodules; git itself refuses it too");
        }
        return url;
    }

    Result<void> bring(git_submodule* submodule,
                       const git_oid& wanted,
                       const std::string& url,
                       const std::string& folder) {
        ENVKEEP_TRY(const Repository made, opened_or_made(work_, submodule, folder));
        const std::optional<git_oid> head = commit_at(made.get(), "HEAD");
        const Wish wish{.subject = work_.wish.subject,
                        .url = url,
                        .folder = folder,
                        .commit = text_of(wanted),
                        .shallow = work_.wish.shallow};
        Work inner(wish, work_.access, work_.local);
        // One that was killed when only its mark was left is there, and ends here.
        if (!head || git_oid_equal(&*head, &wanted) == 0 || is_marked(made.get(), work_.local)) {
            ENVKEEP_CHECK(move(inner, made.get(), git_submodule_path(submodule), wanted));
            if (!inner.report.findings.empty()) {
                work_.report.is_network_at_fault |= inner.report.is_network_at_fault;
                tell_failed(work_, git_submodule_path(submodule), inner.report.findings.front());
                return {};
            }
        }
        Brought(inner, made.get(), depth_ - 1, left_).all();
        for (model::Finding& finding : inner.report.findings) {
            work_.tell(std::move(finding));
        }
        return {};
    }

    // Tells of it where something of the user's would be lost, or left without a name.
    Result<bool> is_left(const Work& inner,
                         git_repository* made,
                         const std::string& path,
                         const git_oid& head,
                         const git_oid& wanted) {
        ENVKEEP_TRY(const std::string own, what_is_own(parent_, made, path, head, wanted));
        if (own.empty()) {
            return false;
        }
        work_.tell(model::Finding{
            .id = "git-submodule-left",
            .severity = model::Severity::warning,
            .subject = work_.wish.subject,
            .title = fmt::format("submodule {} stands elsewhere than the repository has it; it was "
                                 "left as it is",
                                 quoted(path)),
            .evidence = {own},
            .fix = {
                .commands = {git_command(inner.wish.folder, "branch before-it " + text_of(head)),
                             git_command(git_repository_workdir(parent_),
                                         "submodule update -- " + shell_quoted(path))},
                .text = "the first keeps its commits under a name, the second takes it to what "
                        "the repository has; or commit the submodule as it is"}});
        return true;
    }

    Result<void> move(Work& inner,
                      git_repository* made,
                      const std::string& path,
                      const git_oid& wanted) {
        ENVKEEP_TRY(Mark mark, Mark::take(made, inner.wish.folder, inner.local));
        inner.callbacks.at_each_report(mark.renewal());
        ENVKEEP_CHECK(finish_killed_move(inner, made, mark));
        const std::optional<git_oid> now = commit_at(made, "HEAD");  // that may have moved it
        if (now && git_oid_equal(&*now, &wanted) != 0) {
            return {};
        }
        ENVKEEP_TRY(const Remote remote, own_remote(made, inner.wish.url));
        Database database;
        if (git_repository_odb(into(database), made) != 0 ||
            git_odb_exists(database.get(), &wanted) != 1) {
            const History history = inner.wish.shallow ? History::newest : History::whole;
            if (!fetch(inner, made, remote.get(), history)) {
                return {};  // told
            }
        }
        if (now) {
            ENVKEEP_TRY(const bool left, is_left(inner, made, path, *now, wanted));
            if (left) {
                return {};
            }
        }
        ENVKEEP_TRY(const InTheWay found,
                    move_files(inner, made, mark, {.from = now, .to = wanted, .reference = {}}));
        if (!found.is_empty()) {
            return failure(ErrorKind::conflict,
                           "files that were changed in it would be written over",
                           git_command(inner.wish.folder, "status"));
        }
        return {};
    }

    Work& work_;
    git_repository* parent_;
    int depth_;
    std::size_t& left_;  // how many more may come
};

}  // namespace

void bring_submodules(Work& work, git_repository* repository) {
    std::size_t left = most_submodules;
    Brought(work, repository, deepest_submodule, left).all();
}

void tell_of_submodules(Work& work, git_repository* repository) {
    Index index;
    if (work.wish.submodules || git_repository_index(into(index), repository) != 0) {
        return;
    }
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < git_index_entrycount(index.get()); ++i) {
        const git_index_entry& entry = *git_index_get_byindex(index.get(), i);
        if (entry.mode == GIT_FILEMODE_COMMIT) {
            paths.emplace_back(entry.path);
        }
    }
    if (!paths.empty()) {
        work.tell(model::Finding{
            .id = "git-submodules-left-out",
            .severity = model::Severity::info,
            .subject = work.wish.subject,
            .title = fmt::format("{} has submodules, whose folders stay empty", work.wish.subject),
            .evidence = some_of(paths),
            .fix = {.commands = {sync_command(work.wish)},
                    .text = "brings them with 'submodules: true' in the manifest"}});
    }
}

}  // namespace envkeep::git
