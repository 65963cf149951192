// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/git/remote_access.hpp"
#include "envkeep/manifest/manifest.hpp"
#include "envkeep/model/finding.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Working copies on this machine: what state they are in, and how they are brought to what the
// manifest says without losing anything that was made in them. Hooks and configured programs are
// never run.
namespace envkeep::git {

// The machine that working copies stand on. For one thread at a time, as its files are.
struct LocalAccess {
    system::FileReader& files;
    system::FileWriter& writer;
    const system::Machine& machine;
    std::string home;  // whose git configuration counts
    // Who owns the store's own folder: where a file server gives all files to one uid, a working
    // copy of that owner is as good as one of ours.
    std::optional<std::uint32_t> store_owner{};
};

// What is wanted of one repository.
struct Wish {
    std::string subject;  // as the user knows it: "dotfiles", "/notebooks/fastbook"
    std::string url;      // as the manifest has it
    std::string folder;   // absolute: where its working copy stands, or is to stand
    std::string branch;   // at most one of the three; none: the remote's default branch
    std::string tag;
    std::string commit;
    bool shallow = false;
    bool submodules = false;
    // A history that somebody pushed by force is told and not followed, as at each start.
    bool only_forward = false;

    friend bool operator==(const Wish&, const Wish&) = default;
};

// A working copy as it stands; read without a network.
struct CopyState {
    bool exists = false;    // a repository is there
    std::string branch;     // empty: HEAD is detached
    std::string head;       // commit, in hexadecimal; empty: nothing is committed yet
    // Commits of HEAD that no branch of a remote has, as last fetched or pushed; 10,000 at most.
    std::size_t only_here = 0;
    // At most `listed_files` of each: tracked files that differ, in index or folder; files and
    // folders ("name/") that are neither tracked nor ignored.
    std::vector<std::string> changed;
    std::vector<std::string> untracked;
    std::string unfinished;  // "merge", "rebase", ...: what somebody began and did not end
    // Somebody works, or was killed: "index.lock, 12 min old", below the repository's own folder.
    std::vector<std::string> locks;

    friend bool operator==(const CopyState&, const CopyState&) = default;
};

constexpr std::size_t listed_files = 1000;

// No repository is an answer; unsupported for a bare one and for one that libgit2 cannot open,
// permission_denied for one that belongs to somebody else.
[[nodiscard]] Result<CopyState> state_of(const std::string& folder, const LocalAccess& local);

enum class CopyChange { nothing, cloned, fast_forwarded, checked_out, committed, rebased };

// What became of one repository. Never an Error: what went wrong is a finding, and the working copy
// is as it was.
struct CopyReport {
    std::string subject;
    CopyChange change = CopyChange::nothing;
    bool is_pushed = false;
    std::string before;  // commit of HEAD
    std::string after;
    std::size_t commits = 0;               // that came in
    std::vector<model::Finding> findings;  // an error among them: it is not as wanted
    bool is_network_at_fault = false;
    // Another session was at work on it before: what that one brought is new here, too.
    bool is_after_another = false;
    std::string answer;  // of check_remote: "key ~/.ssh/id_ed25519 accepted"; empty: it failed
    // UTC text: when anybody last fetched it, git itself too. Empty: not known, or nobody looked,
    // as only `status` does.
    std::string fetched_at;
};

// Clone or fetch, and fast-forward where nothing of the user's stands against it. A clone appears
// complete or not at all; two at once, or one after a killed one, both end well.
[[nodiscard]] CopyReport bring(const Wish& wish,
                               const RemoteAccess& access,
                               const LocalAccess& local);

// Removes what killed clones left beside an absolute path; those that are alive keep theirs.
void remove_left_overs(const std::string& folder, const LocalAccess& local);

struct PublishOptions {
    std::string message;  // of the commit of what changed; empty: nothing is committed
    std::string machine;  // names the branch on which a side that does not fit is left
    bool makes_gone_branches = false;  // one that the remote had, and has no more, is made again
};

// Commits what changed, brings own commits upon what the remote has, and pushes. Where both sides
// changed the same, both stay whole on named branches, and a finding says which.
[[nodiscard]] CopyReport publish(const Wish& wish,
                                 const PublishOptions& options,
                                 const RemoteAccess& access,
                                 const LocalAccess& local);

}  // namespace envkeep::git
