// SPDX-License-Identifier: MIT
#pragma once

#include "git/remote_callbacks.hpp"

#include <git2.h>

namespace envkeep::git {

// What libgit2 calls; the last argument of each is the RemoteCallbacks.
struct CallbackFunctions {
    static int ready(git_remote* remote, int direction, void* payload);
    static int credentials(
        git_credential** out, const char* url, const char* user, unsigned allowed, void* payload);
    static int certificate(git_cert* certificate, int is_valid, const char* host, void* payload);
    static int words(const char* bytes, int size, void* payload);
    static int received(const git_indexer_progress* progress, void* payload);
    static int pushed(unsigned current, unsigned total, std::size_t bytes, void* payload);
    static int reference(const char* name, const char* refusal, void* payload);

    // For the ssh transport.
    static const RemoteAccess& access(const RemoteCallbacks& callbacks) {
        return callbacks.access_;
    }

    static RemoteAttempt& attempt(RemoteCallbacks& callbacks) { return callbacks.attempt_; }
};

}  // namespace envkeep::git
