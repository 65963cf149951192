// SPDX-License-Identifier: MIT
#include "engine/put_debs_back.hpp"

#include "envkeep/engine/layers.hpp"
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/posix/tree_content.hpp"
#include "envkeep/posix/tree_walker.hpp"
#include "envkeep/snapshot/layer_state.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

namespace envkeep::engine {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// dpkg and apt, whose lock may be held by another program.
class Dpkg final : public system::Processes {
  public:
    Result<system::CommandEnd> run(const system::Command& command) override {
        started.push_back(command.words.front());
        return system::CommandEnd{.exit_code = exit_code};
    }

    Result<bool> is_locked(const std::string& /*absolute*/) override { return is_held; }

    bool is_held = false;
    int exit_code = 0;
    std::vector<std::string> started;
};

class PutDebsBack : public ::testing::Test {
  protected:
    PutDebsBack() {
        tree_.folder("home").folder("storage/envkeep");
        session_.home = files_.open_root(tree_ / "home").value();
        session_.home_path = tree_ / "home";
        session_.container = {.boot_id = "boot", .pid_namespace = 1, .first_start = 2};
        session_.store = {.base = files_.open_root(tree_ / "storage").value(),
                          .root = files_.open_root(tree_ / "storage/envkeep").value(),
                          .base_path = tree_ / "storage",
                          .path = tree_ / "storage/envkeep",
                          .id = "store"};
        save({.container = session_.container,
              .store_id = "store",
              .debs = {"jq_1.7_amd64.deb"},
              .cures = {"python3 -m pip install x"}});
    }

    void save(const snapshot::LayerState& state) {
        ASSERT_TRUE(snapshot::save_layer_state(session_.home, state, files_));
    }

    snapshot::LayerState state() {
        return snapshot::load_layer_state(session_.home, session_.container, files_).value();
    }

    std::vector<model::Finding> put_back() {
        return put_debs_back(world_, session_, {}, {}, std::chrono::milliseconds::zero()).value();
    }

    testing::TempTree tree_;
    posix::Files files_;
    posix::Machine machine_{environ};
    posix::TreeWalker walker_{files_};
    posix::TreeContent trees_{files_};
    Dpkg dpkg_;
    World world_{.files = files_,
                 .writer = &files_,
                 .machine = machine_,
                 .walker = walker_,
                 .trees = &trees_,
                 .tree_writer = &trees_,
                 .processes = &dpkg_};
    Session session_;
};

TEST_F(PutDebsBack, LeavesThemToTheNextRestoreWhereTheLockIsHeld) {
    dpkg_.is_held = true;

    EXPECT_THAT(put_back(), ElementsAre(Field(&model::Finding::id, "snapshot-debs-wait")));

    EXPECT_THAT(dpkg_.started, IsEmpty());
    EXPECT_THAT(state().debs, ElementsAre("jq_1.7_amd64.deb"));
    EXPECT_FALSE(state().worker) << "nobody is to be waited for";
    dpkg_.is_held = false;
    EXPECT_THAT(put_back(), IsEmpty());
    EXPECT_THAT(dpkg_.started, Contains("/usr/bin/dpkg"));
    EXPECT_THAT(state().debs, IsEmpty());
}

TEST_F(PutDebsBack, TellsStatusWhatDpkgCouldNotDo) {
    dpkg_.exit_code = 1;
    save({.container = session_.container,
          .store_id = "store",
          .debs = {"jq_1.7_amd64.deb"},
          .not_here = {"python x 1: made for Python 3.10"},
          .cures = {"python3 -m pip install x"}});

    EXPECT_THAT(put_back(), ElementsAre(Field(&model::Finding::id, "snapshot-debs-failed")));

    EXPECT_THAT(state().debs, IsEmpty());
    const LayerStatus status = layer_status(world_, session_).value();
    const auto told = std::ranges::find(status.findings, "snapshot-not-here", &model::Finding::id);
    ASSERT_NE(told, status.findings.end());
    EXPECT_THAT(told->evidence, Contains(HasSubstr("python x 1")));
    EXPECT_THAT(told->fix.commands, Contains("python3 -m pip install x"));
}

}  // namespace
}  // namespace envkeep::engine
