// SPDX-License-Identifier: MIT
#pragma once

#include "unit/git/real_git.hpp"

#include <string>

namespace envkeep::testing {

// A bare repository made by the real git, beside whatever fixture the test has.
class Remote final : public git::testing::WithRealGit {
  public:
    explicit Remote(Commits more = {}) : WithRealGit(with_vimrc(std::move(more))) {}

    using WithRealGit::commit_upstream;
    using WithRealGit::Commits;
    using WithRealGit::git;
    using WithRealGit::shell;

    [[nodiscard]] std::string url() const { return "file://" + (tree_ / "remote.git"); }

    [[nodiscard]] std::string head() const { return git("remote.git", "rev-parse main"); }

    [[nodiscard]] std::string subject() const {
        return git("remote.git", "log -1 --format=%s main");
    }

  private:
    static Commits with_vimrc(Commits more) {
        more.insert(more.begin(), {".vimrc", "set number\n"});
        return more;
    }

    void TestBody() override {}
};

}  // namespace envkeep::testing
