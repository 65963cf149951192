// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/git/working_copy.hpp"
#include "git/handles.hpp"
#include "git/remote_callbacks.hpp"

#include <string>
#include <utility>
#include <vector>

namespace envkeep::git {

// One repository while it is brought or published.
struct Work {
    Work(const Wish& wanted, const RemoteAccess& remote_access, const LocalAccess& local_access)
        : wish(wanted),
          access(remote_access),
          local(local_access),
          callbacks(remote_access, wanted.subject) {
        report.subject = wanted.subject;
    }

    const Wish& wish;
    const RemoteAccess& access;
    const LocalAccess& local;
    RemoteCallbacks callbacks;
    CopyReport report;

    void tell(model::Finding finding) { report.findings.push_back(std::move(finding)); }

    // What could not be done on this machine: no space, no permission, a damaged repository.
    void tell(const Error& error);
};

// Whether the library runs, with all of the user's configuration; else that is told.
[[nodiscard]] bool is_ready(Work& work, const LibGit& library);

// busy once the work is to end.
[[nodiscard]] Result<void> check_may_go_on(const Work& work);

// At most ten of them, then how many more.
[[nodiscard]] std::vector<std::string> some_of(const std::vector<std::string>& names);

}  // namespace envkeep::git
