// SPDX-License-Identifier: MIT
#include "engine/package_managers.hpp"

#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/posix/tree_walker.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <algorithm>

namespace envkeep::engine {
namespace {

std::string_view manager_of(std::string words) {
    std::ranges::replace(words, ' ', '\0');
    static std::string kept;
    kept = std::move(words) + '\0';
    return package_manager_of(kept);
}

TEST(PackageManagerOf, KnowsWhatChangesAnEnvironment) {
    EXPECT_EQ(manager_of("/usr/bin/python3.11 -m pip install torch"), "pip");
    EXPECT_EQ(manager_of("/usr/bin/python3 /root/.local/bin/pip3.11 uninstall x"), "pip");
    EXPECT_EQ(manager_of("apt-get -y install htop"), "apt-get");
    EXPECT_EQ(manager_of("/usr/bin/dpkg --status-fd 15 --unpack x.deb"), "dpkg");
    EXPECT_EQ(manager_of("node /usr/bin/npm install -g typescript"), "npm");
    EXPECT_EQ(manager_of("/opt/conda/bin/python /opt/conda/bin/conda create -n x"), "conda");
    EXPECT_EQ(manager_of("uv pip install x"), "uv");
    EXPECT_EQ(manager_of("uv --project /work tool install ruff"), "uv");
    EXPECT_EQ(manager_of("conda env create -f environment.yml"), "conda");
    EXPECT_EQ(manager_of("apt-get -o Dpkg::Options::=--force-confold -y install htop"), "apt-get");
    EXPECT_EQ(manager_of("pip --python /opt/venv/bin/python3 install x"), "pip");
}

TEST(PackageManagerOf, KnowsNpmByTheTitleThatItGivesItself) {
    using namespace std::string_view_literals;

    EXPECT_EQ(package_manager_of("npm install /storage/slow.tgz\0\0\0\0"sv), "npm");
    EXPECT_EQ(package_manager_of("npm --offline i -g x\0"sv), "npm");
    EXPECT_EQ(package_manager_of("npm run build\0\0"sv), "");
    EXPECT_EQ(package_manager_of("npm\0\0\0"sv), "");
    EXPECT_EQ(package_manager_of("/opt/npm install/tool\0x\0"sv), "");
}

TEST(PackageManagerOf, PassesOverWhatOnlyAsksAndAllElse) {
    EXPECT_EQ(manager_of("pip list"), "");
    EXPECT_EQ(manager_of("apt-get update"), "");
    EXPECT_EQ(manager_of("python3 train.py install"), "");
    EXPECT_EQ(manager_of("python3 -m jupyter lab"), "");
    EXPECT_EQ(manager_of("vim pip"), "");
    EXPECT_EQ(manager_of("pip list --path install"), "");
    EXPECT_EQ(manager_of("conda env list"), "");
    EXPECT_EQ(manager_of("uv pip list"), "");
    EXPECT_EQ(manager_of(""), "");
}

// A server that such a program started runs as long as the session: no snapshot would ever be
// taken.
TEST(PackageManagerOf, PassesOverWhatOnlyStartsAProgram) {
    EXPECT_EQ(manager_of("/opt/conda/bin/python /opt/conda/bin/conda run -n env jupyter lab"), "");
    EXPECT_EQ(manager_of("conda run -n env pip install x"), "");
    EXPECT_EQ(manager_of("uv tool run marimo edit --upgrade"), "");
    EXPECT_EQ(manager_of("uv run --with x python tool add"), "");
    EXPECT_EQ(manager_of("uvx marimo add"), "");
    EXPECT_EQ(manager_of("npm start"), "");
    EXPECT_EQ(manager_of("npm run ci"), "");
    EXPECT_EQ(manager_of("node /usr/bin/npm exec i install"), "");
    EXPECT_EQ(manager_of("pipx run black install"), "");
}

class LockedFiles final : public system::Processes {
  public:
    explicit LockedFiles(std::string locked) : locked_(std::move(locked)) {}

    Result<system::CommandEnd> run(const system::Command&) override {
        return failure(ErrorKind::unsupported, "nothing is run here");
    }

    Result<bool> is_locked(const std::string& absolute) override { return absolute == locked_; }

  private:
    std::string locked_;
};

TEST(PackageManagersAtWork, AreTheHoldersOfDpkgsLocks) {
    testing::TempTree machine;
    machine.folder("proc");
    auto files = posix::Files::captured(machine.path()).value();
    auto seen = posix::Machine::captured(machine.path(), environ).value();
    posix::TreeWalker walker(files);
    for (const char* const lock : {"/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock"}) {
        LockedFiles processes(lock);
        const World world{
            .files = files, .machine = seen, .walker = walker, .processes = &processes};

        EXPECT_THAT(package_managers_at_work(world),
                    ::testing::ElementsAre(::testing::HasSubstr(lock)));
        EXPECT_EQ(check_nobody_installs(world).error().kind, ErrorKind::busy);
    }
}

TEST(IsInInnerContainer, GoesByThePidsThatAProcessHas) {
    EXPECT_TRUE(is_in_inner_container("Name:\tpip\nNSpid:\t4711\t12\nNSpgid:\t1\n"));
    EXPECT_FALSE(is_in_inner_container("Name:\tpip\nNSpid:\t4711\nNSpgid:\t1\n"));
    EXPECT_FALSE(is_in_inner_container("Name:\tpip\n"));
}

}  // namespace
}  // namespace envkeep::engine
