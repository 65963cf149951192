// SPDX-License-Identifier: MIT
#include "envkeep/packages/watch.hpp"

#include "unit/packages/captured.hpp"

#include <gmock/gmock.h>

namespace envkeep::packages {
namespace {

using ::testing::Contains;
using ::testing::Not;

class WatchedPlaces : public Captured {
  protected:
    std::vector<std::string> places(const InventoryOptions& options) {
        auto files = posix::Files::captured(tree.path()).value();
        auto pointers = variables();
        auto machine = posix::Machine::captured(tree.path(), pointers.data()).value();
        return watched_places(options, files, machine).value();
    }
};

TEST_F(WatchedPlaces, AreAllThatPackageManagersChange) {
    distribution("usr/local/lib/python3.11/dist-packages", "a", "1");
    tree.folder("root/miniforge3/conda-meta")
        .folder("root/miniforge3/envs/one/conda-meta")
        .folder("root/R/x86_64-pc-linux-gnu-library/4.2")
        .file("root/code/project/.venv/pyvenv.cfg");
    distribution("root/code/project/.venv/lib/python3.11/site-packages", "b", "1");
    tree.file("srv/a/b/c/d/pyvenv.cfg").folder("srv/a/b/c/d/lib/python3.12/site-packages");

    const auto found =
        places({.home = "/root", .work_folders = {"/root"}, .environments = {"/srv/a/b/c/d"}});

    for (const char* const place : {"/var/lib/dpkg/status",
                                    "/usr/local/lib/python3.11/dist-packages",
                                    "/root/miniforge3/conda-meta",
                                    "/root/miniforge3/envs/one/conda-meta",
                                    "/root/R/x86_64-pc-linux-gnu-library/4.2",
                                    "/root/code/project/.venv/pyvenv.cfg",
                                    "/root/code/project/.venv/lib/python3.11/site-packages",
                                    "/srv/a/b/c/d/lib/python3.12/site-packages",
                                    "/root/.local/share/jupyter/kernels",
                                    "/usr/local/lib/node_modules"}) {
        EXPECT_THAT(found, Contains(place));
    }
}

TEST_F(WatchedPlaces, FollowNoLinkOfTheHome) {
    tree.file("data/env/pyvenv.cfg").folder("root/code").link("root/code/data", "/data");

    EXPECT_THAT(places({.home = "/root", .work_folders = {"/root"}}),
                Not(Contains("/root/code/data/env/pyvenv.cfg")));
}

}  // namespace
}  // namespace envkeep::packages
