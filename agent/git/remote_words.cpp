// SPDX-License-Identifier: MIT
#include "git/remote_words.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>
#include <array>

namespace envkeep::git {
namespace {

// Of words_of_all; each has a row in what_is_known.
enum class Matter {
    missing,
    missing_path,
    no_git,
    no_git_over_ssh,
    no_tls,
    names_by_sha256,
    damaged,
    server_failed,
    too_many,
    read_only,
    refused,
};

constexpr std::array<KnownByWords, 11> what_is_known{{
    {.id = "git-repository-missing",
     .title = "{} is not there, or not for this user",
     .cure = "correct the URL in the manifest; hosts answer so too when the key or the token may "
             "not see a private repository"},
    {.id = "git-repository-missing",
     .title = "there is no repository at {}",
     .cure = "correct the path in the manifest, or `git init --bare` that path first; a path that "
             "ends with the container is no place for one"},
    {.id = "git-not-git",
     .title = "what answers at {} is no git server",
     .cure = "correct the URL: the host shows it for cloning, with https:// or http:// and the "
             "port; where the login page of a network answers in its place, use an ssh URL"},
    {.id = "git-not-git",
     .title = "what answers at {} does not speak as git does",
     .cure = "the shell of that user at the host writes something of its own, such as an `echo` in "
             "its ~/.bashrc: `ssh HOST true` must print nothing"},
    {.id = "git-tls-failed",
     .title = "{} and envkeep agree on no TLS",
     .cure =
         "the server knows only what is no longer safe, or wants a certificate of yours: use an "
         "ssh URL; whoever keeps the server can renew it"},
    {.id = "git-object-format",
     .title = "{} names its objects by SHA-256, which envkeep cannot read",
     .cure = "use `git clone`, or a repository that was made without --object-format=sha256"},
    {.id = "git-object-missing",
     .title = "{} is not whole, or the working copy is not",
     .cure = "`git fsck` in each says which; who has it all pushes it again, and a working copy "
             "comes anew once it is moved away"},
    {.id = "git-server-failed",
     .title = "the server of {} has a fault of its own",
     .cure = "run again in some minutes; where it stays, whoever keeps the server must mend it",
     .is_network = true},
    {.id = "git-server-busy",
     .title = "the server of {} wants fewer requests",
     .cure = "run again in some minutes; with a token (`token:` in the manifest) most allow more",
     .is_network = true},
    {.id = "git-push-forbidden",
     .title = "this key or token may read {}, and not write to it: what was committed is here",
     .cure =
         "give it that right at the host (a deploy key is added anew, with write access; a token "
         "made anew), or take the key of a user who may push; `push: never` where only reading "
         "is meant"},
    {.id = "git-remote-failed",
     .title = "git at {} refuses",
     .cure = "what the remote says names the cause"},
}};

struct RemoteWords {
    std::string_view part;
    Matter matter;
};

// The first that fits counts.
constexpr std::array<RemoteWords, 32> words_of_all{{
    {"marked as read only", Matter::read_only},
    {" denied to ", Matter::read_only},
    {"not have write access", Matter::read_only},
    {"not allowed to push", Matter::read_only},
    {"not allowed to upload", Matter::read_only},
    {"unsupported URL protocol", Matter::missing_path},
    {"ould not find repository", Matter::missing},
    {"failed to resolve path", Matter::missing},
    {"http status code: 404", Matter::missing},
    {"http status code: 410", Matter::missing},
    {"http status code: 451", Matter::missing},
    {"epository not found", Matter::missing},
    {"does not appear to be a git repository", Matter::missing},
    {"no such repository", Matter::missing},
    {"access denied or repository not exported", Matter::missing},
    {"could not be found or you don't have permission", Matter::missing},
    {"annot find repository", Matter::missing},
    {"epository does not exist", Matter::missing},
    {"http status code: 429", Matter::too_many},
    {"http status code: 5", Matter::server_failed},
    {"http status code: ", Matter::no_git},
    {"invalid content-type", Matter::no_git},
    {"authentication replays", Matter::no_git},
    {"wrong version number", Matter::no_git},
    {" alert ", Matter::no_tls},
    {"unsupported protocol", Matter::no_tls},
    {"bad packet", Matter::no_git},
    {"invalid packet", Matter::no_git},
    {"object format 'sha256'", Matter::names_by_sha256},
    {"no match for id", Matter::damaged},
    {"not our ref", Matter::damaged},
    {"remote error: ", Matter::refused},
}};

Matter of_that_way(Matter matter, const RemoteAttempt& attempt) {
    const Way way = attempt.address ? attempt.address->way : Way::https;
    if (matter == Matter::missing && way == Way::file) {
        return Matter::missing_path;
    }
    return matter == Matter::no_git && way == Way::ssh ? Matter::no_git_over_ssh : matter;
}

}  // namespace

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

const KnownByWords* known_by_words(const RemoteAttempt& attempt, std::string_view words) {
    const auto* const found = std::ranges::find_if(
        words_of_all, [&](const RemoteWords& known) { return holds(words, known.part); });
    return found == words_of_all.end()
               ? nullptr
               : &what_is_known[static_cast<std::size_t>(of_that_way(found->matter, attempt))];
}

SshError network_error(const LibGitError& error) {
    struct NetworkWords {
        std::string_view part;
        SshStage stage;
        SshFailure failure;
    };

    constexpr std::array<NetworkWords, 15> all{{
        {"Temporary failure in name", SshStage::lookup, SshFailure::lookup_failed},
        {"failed to resolve address", SshStage::lookup, SshFailure::no_such_name},
        {"Connection refused", SshStage::connect, SshFailure::refused},
        {"unreachable", SshStage::connect, SshFailure::unreachable},
        {"No route to host", SshStage::connect, SshFailure::unreachable},
        // What a limit looks like from within TLS.
        {"temporarily unavailable", SshStage::transfer, SshFailure::timed_out},
        {"timed out", SshStage::connect, SshFailure::timed_out},
        {"failed to connect", SshStage::connect, SshFailure::unreachable},
        {"onnection reset", SshStage::transfer, SshFailure::closed_by_peer},
        {"EOF", SshStage::transfer, SshFailure::closed_by_peer},
        {"truncated", SshStage::transfer, SshFailure::closed_by_peer},
        {"syscall failure", SshStage::transfer, SshFailure::closed_by_peer},
        // The connection ended before the answer did.
        {"from remote repository", SshStage::transfer, SshFailure::closed_by_peer},
        {"stream ended at", SshStage::transfer, SshFailure::closed_by_peer},
        {"proxy returned unexpected status", SshStage::connect, SshFailure::closed_by_peer},
    }};
    SshError made{.stage = SshStage::transfer,
                  .failure = SshFailure::other,
                  .message = printable(error.message),
                  .evidence = {}};
    const auto* const found = std::ranges::find_if(
        all, [&](const NetworkWords& words) { return holds(error.message, words.part); });
    if (found != all.end()) {
        made.stage = found->stage;
        made.failure = found->failure;
    } else if (error.code == GIT_TIMEOUT) {
        made.failure = SshFailure::timed_out;
    }
    return made;
}

}  // namespace envkeep::git
