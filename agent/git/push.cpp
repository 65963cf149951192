// SPDX-License-Identifier: MIT
#include "git/push.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/git/address.hpp"
#include "git/fetch.hpp"
#include "git/open_copy.hpp"
#include "git/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace envkeep::git {
namespace {

// What servers and libgit2 say where a branch moved under our hands.
constexpr std::array<std::string_view, 7> words_of_the_overtaken{"non-fast-forward",
                                                                 "non-fastforward",
                                                                 "fetch first",
                                                                 "stale info",
                                                                 "cannot lock ref",
                                                                 "failed to update ref",
                                                                 "failed to lock"};

bool is_overtaken(const std::vector<std::string>& refused) {
    return std::ranges::any_of(refused, [](const std::string& words) {
        return std::ranges::any_of(words_of_the_overtaken, [&](std::string_view known) {
            return words.find(known) != std::string::npos;
        });
    });
}

void tell_refused(Work& work, const std::vector<std::string>& refused) {
    std::vector<std::string> evidence = some_of(refused);
    if (!work.callbacks.remote_words().empty()) {
        evidence.push_back("the server said: " + work.callbacks.remote_words());
    }
    model::Finding finding{
        .id = "git-push-refused",
        .severity = model::Severity::error,
        .subject = work.wish.subject,
        .title =
            "the server did not take what was pushed: it is committed here, and nothing is lost",
        .evidence = std::move(evidence),
        .fix = {.commands = {git_command(work.wish.folder, "switch -c my-changes"),
                             push_command(work.wish)},
                .text = "where the branch is protected they push yours as another one, for a pull "
                        "request: name that in the manifest then; else mend what the server "
                        "says"}};
    // It could not write at all, whatever the branch.
    if (std::ranges::any_of(refused, [](const std::string& words) {
            return words.find("unpacker error") != std::string::npos;
        })) {
        finding.fix = {.commands = {push_command(work.wish)},
                       .text =
                           "the server cannot write there: whoever keeps it must give that user "
                           "the right to, or make room; then"};
    }
    work.tell(std::move(finding));
}

// The objects, and the reference `to` there.
Pushed send(Work& work, git_remote* remote, const std::string& from, const std::string& to) {
    std::string spec = from + ":" + to;
    std::array<char*, 1> texts{spec.data()};
    const git_strarray specs{.strings = texts.data(), .count = texts.size()};
    git_push_options options = GIT_PUSH_OPTIONS_INIT;
    work.callbacks.fill(options);
    const int code = git_remote_push(remote, &specs, &options);
    const std::vector<std::string> refused = work.callbacks.refused_refs();
    if (!refused.empty()) {
        if (is_overtaken(refused)) {
            return Pushed::overtaken;
        }
        tell_refused(work, refused);
        return Pushed::failed;
    }
    if (code == 0) {
        return Pushed::done;
    }
    if (code == GIT_ENONFASTFORWARD) {
        return Pushed::overtaken;
    }
    work.tell(work.callbacks.failure(code));
    work.report.is_network_at_fault = work.callbacks.is_network_at_fault(code);
    return Pushed::failed;
}

// libgit2 itself sets references of a repository on this machine, and whatever somebody else pushed
// meanwhile would be lost. So the objects go there under a name of ours, and then the branch moves
// only from where it was.
Pushed send_to_path(Work& work,
                    git_remote* remote,
                    const std::string& path,
                    const std::string& branch,
                    const std::optional<git_oid>& expected) {
    git_repository* const repository = git_remote_owner(remote);
    const std::optional<git_oid> ours = commit_at(repository, branch);
    if (!ours) {
        return Pushed::failed;
    }
    const std::string incoming = "refs/envkeep/incoming/" + text_of(*ours);
    // libgit2 writes to where is fetched from, whatever URL is for pushes.
    (void)git_remote_set_instance_url(remote, path.c_str());
    if (const Pushed sent = send(work, remote, "+" + branch, incoming); sent != Pushed::done) {
        return sent;
    }
    Repository there;
    Reference made;
    int code = git_repository_open(into(there), path.c_str());
    const std::optional<git_oid> now = code == 0 ? commit_at(there.get(), branch) : std::nullopt;
    if (code == 0 && (!now || git_oid_equal(&*now, &*ours) == 0)) {
        code = git_reference_create_matching(into(made),
                                             there.get(),
                                             branch.c_str(),
                                             &*ours,
                                             expected ? 1 : 0,
                                             expected ? &*expected : nullptr,
                                             "push by envkeep");
    }
    const std::string words = last_words();
    if (there) {
        (void)git_reference_remove(there.get(), incoming.c_str());
    }
    if (code == 0) {
        (void)git_reference_create(
            into(made), repository, tracking_name(remote, branch).c_str(), &*ours, 1, "push");
        return Pushed::done;
    }
    if (code == GIT_EMODIFIED || code == GIT_EEXISTS || code == GIT_ENOTFOUND) {
        return Pushed::overtaken;
    }
    tell_refused(work, {branch + ": " + words});
    return Pushed::failed;
}

}  // namespace

Pushed push(Work& work,
            git_remote* remote,
            const std::string& branch,
            const std::optional<git_oid>& expected) {
    // One that has fetched keeps what it did that with, which cannot reach a URL for pushes that is
    // of another scheme.
    Remote pushing;
    if (const int code = git_remote_dup(into(pushing), remote); code != 0) {
        work.tell(git_failure(code, "read the remote").value());
        return Pushed::failed;
    }
    const char* const for_pushes = git_remote_pushurl(pushing.get());
    const Result<Address> address =
        parse_address(for_pushes == nullptr ? git_remote_url(pushing.get()) : for_pushes);
    if (address && address->way == Way::file) {
        return send_to_path(work, pushing.get(), address->path, branch, expected);
    }
    return send(work, pushing.get(), branch, branch);
}

}  // namespace envkeep::git
