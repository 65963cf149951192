// SPDX-License-Identifier: MIT
#include "unit/git/real_git.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <stdio.h>
#include <sys/wait.h>

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>

namespace envkeep::git::testing {
namespace {

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class NoNetwork final : public system::Network {
  public:
    tl::expected<std::unique_ptr<system::Connection>, system::NetworkError> connect(
        const std::string& /*host*/, std::uint16_t /*port*/, SteadyTime /*deadline*/) override {
        return tl::unexpected(system::NetworkError{.message = "unit tests have no network"});
    }

    tl::expected<std::unique_ptr<system::Connection>, system::NetworkError> connect_local(
        const std::string& /*path*/) override {
        return tl::unexpected(system::NetworkError{.message = "unit tests have no network"});
    }
};

system::Network& no_network() {
    static NoNetwork network;
    return network;
}

// The one place where git wrote down where it was is corrected.
void copy_tree(const envkeep::testing::TempTree& from, envkeep::testing::TempTree& to) {
    std::filesystem::copy(from.path(), to.path(), std::filesystem::copy_options::recursive);
    std::string config = to.content("other/.git/config");
    config.replace(config.find(from.path()), from.path().size(), to.path());
    to.file("other/.git/config", config);
}

std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        names.push_back(entry.path().filename());
    }
    return names;
}

}  // namespace

WithRealGit::WithRealGit(const Commits& more) : machine_(posix::environment()) {
    static std::map<Commits, std::unique_ptr<envkeep::testing::TempTree>> all_made;
    std::unique_ptr<envkeep::testing::TempTree>& made = all_made[more];
    if (made == nullptr) {
        make(more);
        made = std::make_unique<envkeep::testing::TempTree>();
        copy_tree(tree_, *made);
    } else {
        copy_tree(*made, tree_);
    }
}

void WithRealGit::make(const Commits& more) {
    tree_.folder("home");
    tree_.file("home/.gitconfig",
               "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"
               "[advice]\n\tdetachedHead = false\n[protocol \"file\"]\n\tallow = always\n");
    git(".", "init -q --template= --bare remote.git");
    git(".", "clone -q --template= remote.git other 2>&1");
    tree_.file("other/a", "first\n").file("other/b/c", "second\n");
    git("other", "add . && git commit -qm first && git push -q origin main");
    for (const auto& [path, content] : more) {
        commit_upstream(path, content);
    }
}

std::string WithRealGit::shell(std::string_view commands) const {
    const std::string line =
        fmt::format("cd {} && export HOME={} GIT_CONFIG_NOSYSTEM=1 && {{ {} ; }}",
                    shell_quoted(tree_.path()),
                    shell_quoted(tree_ / "home"),
                    commands);
    FILE* const pipe = ::popen(line.c_str(), "r");
    std::string output;
    std::array<char, 4096> some{};
    for (std::size_t count = 0; (count = ::fread(some.data(), 1, some.size(), pipe)) > 0;) {
        output.append(some.data(), count);
    }
    if (const int status = ::pclose(pipe); status != 0) {
        throw std::runtime_error(
            fmt::format("'{}' ended with {}: {}", commands, WEXITSTATUS(status), output));
    }
    return std::string(trimmed(output));
}

std::string WithRealGit::git(std::string_view folder, std::string_view words) const {
    return shell(fmt::format("cd {} && git {}", shell_quoted(folder), words));
}

void WithRealGit::commit_upstream(const std::string& path,
                                  const std::string& content,
                                  const std::string& branch) const {
    git("other", fmt::format("checkout -q {0} && git pull -q --ff-only origin {0}", branch));
    shell(fmt::format(
        "mkdir -p $(dirname other/{0}) && printf %s {1} > other/{0}", path, shell_quoted(content)));
    git("other",
        fmt::format("add -A && git commit -qm {0} && git push -q origin {1}", path, branch));
}

LocalAccess WithRealGit::local() {
    return {.files = files_,
            .writer = files_,
            .machine = machine_,
            .home = tree_ / "home",
            .store_owner = store_owner_};
}

RemoteAccess WithRealGit::remote() {
    return {.network = no_network(),
            .config = {.read = {}, .names_in = {}, .variable = {}, .home = tree_ / "home"},
            .http = {}};
}

CopyReport WithRealGit::bring(const Wish& wanted) {
    return git::bring(wanted, remote(), local());
}

CopyReport WithRealGit::publish(const std::string& message) {
    return git::publish(wish(), {.message = message, .machine = "my box"}, remote(), local());
}

void WithRealGit::expect_in_order(std::string_view folder) const {
    // In one shell, and names without one: a kill at each call asks this hundreds of times.
    const std::string said = git(folder,
                                 "status --porcelain && git fsck --strict --no-dangling 2>&1 && "
                                 "git rev-parse HEAD '@{upstream}'");
    const std::string head = said.substr(0, said.find('\n'));
    EXPECT_EQ(said, head + '\n' + head) << "changed, broken, or not what is upstream";
    EXPECT_THAT(names_in(tree_.path()), Each(Not(HasSubstr("envkeep-")))) << "left beside it";
    EXPECT_THAT(names_in(tree_ / std::string(folder) + "/.git"),
                Each(AnyOf(StartsWith("."), Not(AnyOf(HasSubstr("envkeep"), HasSubstr("lock"))))));
}

std::vector<std::string> ids_of(const CopyReport& report) {
    std::vector<std::string> ids;
    for (const model::Finding& finding : report.findings) {
        ids.push_back(finding.id);
    }
    return ids;
}

std::string text_of(const CopyReport& report) {
    std::string text;
    for (const model::Finding& finding : report.findings) {
        text += finding.id + ": " + finding.title + '\n';
        for (const std::string& line : finding.evidence) {
            text += "  " + line + '\n';
        }
        for (const std::string& command : finding.fix.commands) {
            text += "  $ " + command + '\n';
        }
        text += finding.fix.text.empty() ? "" : "  " + finding.fix.text + '\n';
    }
    return text;
}

}  // namespace envkeep::git::testing
