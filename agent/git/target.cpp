// SPDX-License-Identifier: MIT
#include "git/target.hpp"

#include "envkeep/core/text.hpp"
#include "git/open_copy.hpp"
#include "git/state.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace envkeep::git {
namespace {

constexpr std::string_view branches = "refs/heads/";
constexpr std::string_view tags = "refs/tags/";

void tell_missing(Work& work,
                  std::string_view kind,
                  const std::string& name,
                  const Advertised& there) {
    const std::string_view prefix = kind == "branch" ? branches : tags;
    std::vector<std::string_view> candidates;
    std::vector<std::string> all;
    for (const Advertised::Name& one : there.names) {
        if (std::string_view(one.name).starts_with(prefix)) {
            candidates.push_back(std::string_view(one.name).substr(prefix.size()));
            all.emplace_back(candidates.back());
        }
    }
    const std::string_view near = nearest(name, candidates);
    const bool is_commit = kind == "commit";
    std::string has;
    for (const std::string& one : some_of(all)) {
        has += (has.empty() ? "it has " : ", ") + one;
    }
    work.tell(model::Finding{
        .id = "git-not-at-remote",
        .severity = model::Severity::error,
        .subject = work.wish.subject,
        .title = fmt::format("the remote has no {} {}", kind, quoted(name)),
        .evidence = {is_commit     ? "all branches and tags were fetched, and it is in none of them"
                     : has.empty() ? "it has none"
                                   : has},
        .fix = {.text =
                    near.empty() || is_commit
                        ? fmt::format("correct '{}' in the manifest, or push it there", kind)
                        : fmt::format(
                              "correct '{}' in the manifest; was {} meant?", kind, quoted(near))}});
}

void tell_no_default(Work& work, const Advertised& there) {
    const std::vector<std::string> all = there.branches();
    if (all.empty()) {
        return;
    }
    work.tell(model::Finding{.id = "git-not-at-remote",
                             .severity = model::Severity::error,
                             .subject = work.wish.subject,
                             .title = "the remote has not the branch that it calls its default",
                             .evidence = {fmt::format("it has {}", fmt::join(some_of(all), ", "))},
                             .fix = {.text = "name one of them as 'branch:' in the manifest"}});
}

std::optional<Target> at_commit(Work& work, git_repository* repository, const Advertised& there) {
    constexpr std::size_t shortest = 4;
    const std::string& name = work.wish.commit;
    Object found;
    Object commit;
    git_oid prefix;
    if (name.size() < shortest || name.size() > GIT_OID_SHA1_HEXSIZE ||
        git_oid_fromstrn(&prefix, name.data(), name.size()) != 0 ||
        git_object_lookup_prefix(into(found), repository, &prefix, name.size(), GIT_OBJECT_ANY) !=
            0 ||
        git_object_peel(into(commit), found.get(), GIT_OBJECT_COMMIT) != 0) {
        tell_missing(work, "commit", name, there);
        return std::nullopt;
    }
    return Target{.commit = *git_object_id(commit.get()), .branch = {}};
}

std::optional<Target> at_tag(Work& work, git_repository* repository, const Advertised& there) {
    const std::optional<git_oid> id = there.at(std::string(tags) + work.wish.tag);
    Object found;
    Object commit;
    if (!id || git_object_lookup(into(found), repository, &*id, GIT_OBJECT_ANY) != 0 ||
        git_object_peel(into(commit), found.get(), GIT_OBJECT_COMMIT) != 0) {
        tell_missing(work, "tag", work.wish.tag, there);
        return std::nullopt;
    }
    return Target{.commit = *git_object_id(commit.get()), .branch = {}};
}

}  // namespace

std::optional<Target> target_of(Work& work, git_repository* repository, const Advertised& there) {
    if (!work.wish.commit.empty()) {
        return at_commit(work, repository, there);
    }
    if (!work.wish.tag.empty()) {
        return at_tag(work, repository, there);
    }
    const std::string branch =
        work.wish.branch.empty() ? there.default_branch : std::string(branches) + work.wish.branch;
    if (branch.empty()) {
        tell_no_default(work, there);
        return std::nullopt;
    }
    const std::optional<git_oid> id = there.at(branch);
    if (!id) {
        if (!there.names.empty()) {
            tell_missing(work, "branch", branch.substr(branches.size()), there);
        }
        return std::nullopt;
    }
    return Target{.commit = *id, .branch = branch.substr(branches.size())};
}

}  // namespace envkeep::git
