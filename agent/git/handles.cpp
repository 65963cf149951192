// SPDX-License-Identifier: MIT
#include "git/handles.hpp"

#include "envkeep/core/secrets.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::git {
namespace {

// libgit2 keeps the system's words and not its number.
ErrorKind kind_of(int code, std::string_view words) {
    if (words.find("No space left") != std::string_view::npos ||
        words.find("Disk quota") != std::string_view::npos) {
        return ErrorKind::no_space;
    }
    if (words.find("Read-only file system") != std::string_view::npos) {
        return ErrorKind::read_only;
    }
    if (words.find("Permission denied") != std::string_view::npos || code == GIT_EOWNER) {
        return ErrorKind::permission_denied;
    }
    switch (code) {
        case GIT_ENOTFOUND:
            return ErrorKind::not_found;
        case GIT_EEXISTS:
            return ErrorKind::already_exists;
        case GIT_ELOCKED:
            return ErrorKind::busy;
        case GIT_ECONFLICT:
        case GIT_EMODIFIED:
        case GIT_ENONFASTFORWARD:
            return ErrorKind::conflict;
        default:
            return ErrorKind::io;
    }
}

}  // namespace

std::string last_words() {
    const git_error* const last = git_error_last();
    if (last == nullptr || last->message == nullptr || last->klass == GIT_ERROR_NONE) {
        return "no reason is given";
    }
    return printable(masked(trimmed(last->message)));
}

tl::unexpected<Error> git_failure(int code, std::string_view doing) {
    const std::string words = last_words();
    const git_error* const last = git_error_last();
    const bool is_of_configuration = last != nullptr && last->klass == GIT_ERROR_CONFIG;
    return failure(is_of_configuration ? ErrorKind::invalid_manifest : kind_of(code, words),
                   fmt::format("cannot {}: {}", doing, words));
}

std::string text_of(const git_oid& id) {
    std::array<char, GIT_OID_SHA1_HEXSIZE + 1> text{};
    return git_oid_tostr(text.data(), text.size(), &id);
}

std::string short_text_of(const git_oid& id) {
    return text_of(id).substr(0, 10);
}

Result<Commit> commit_of(git_repository* repository, const git_oid& id) {
    Commit commit;
    if (const int code = git_commit_lookup(into(commit), repository, &id); code != 0) {
        return git_failure(code, "read commit " + short_text_of(id));
    }
    return commit;
}

Result<Tree> tree_of(git_repository* repository, const git_oid& commit) {
    ENVKEEP_TRY(const Commit found, commit_of(repository, commit));
    Tree tree;
    if (const int code = git_commit_tree(into(tree), found.get()); code != 0) {
        return git_failure(code, "read the files of commit " + short_text_of(commit));
    }
    return tree;
}

Result<Diff> diff_of(git_repository* repository, git_tree* from, git_tree* to) {
    Diff diff;
    const int code = git_diff_tree_to_tree(into(diff), repository, from, to, nullptr);
    if (code != 0) {
        return git_failure(code, "compare two commits");
    }
    return diff;
}

}  // namespace envkeep::git
