// SPDX-License-Identifier: MIT
#include "envkeep/store/start_mark.hpp"

#include "other_machine.hpp"
#include "store_test.hpp"

#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace envkeep::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* folder = "storage/envkeep/starts";

class StartMarks : public StoreTest {
  protected:
    // A start that was killed at a step, that long ago by the store's clock.
    void leave(const system::Machine& by,
               const std::string& step,
               std::chrono::seconds age,
               const std::string& home = "/root") {
        const std::set<std::string> before = marks();
        StartMark(store, home, by, files, files).set(step);
        for (const std::string& file : marks()) {
            if (!before.contains(file)) {
                tree.modified(file, tree.modified_at(file) - std::chrono::nanoseconds(age).count());
            }
        }
    }

    std::set<std::string> marks() {
        std::set<std::string> paths;
        if (tree.exists(folder)) {
            for (const auto& entry : std::filesystem::directory_iterator(tree / folder)) {
                paths.insert(std::string(folder) + "/" + entry.path().filename().string());
            }
        }
        return paths;
    }

    std::vector<std::string> steps() {
        std::vector<std::string> all;
        for (const KilledStart& one : last_killed_starts(store, "/root", machine, files, files)) {
            all.push_back(one.step);
        }
        return all;
    }

    static OtherMachine killed_here() {
        OtherMachine machine;
        machine.as_process = system::ProcessId{.pid = 1, .started = 1};  // another has that pid
        return machine;
    }

    Store store = opened_store();
    OtherMachine elsewhere = OtherMachine::elsewhere();
    OtherMachine dead = killed_here();
};

TEST_F(StartMarks, TellTheStepOfTheLastTwoThatWereKilled) {
    leave(dead, "oldest", std::chrono::minutes(9));
    leave(elsewhere, "older", std::chrono::minutes(7));
    leave(dead, "newer", std::chrono::seconds(1));

    EXPECT_THAT(steps(), ElementsAre("newer", "older"));
    EXPECT_THAT(marks(), SizeIs(2));
}

TEST_F(StartMarks, OfAStartThatLivesOrMayLiveCountForNothing) {
    leave(machine, "lives", std::chrono::minutes(9));
    leave(elsewhere, "may live", std::chrono::seconds(60));
    leave(dead, "of another home", std::chrono::minutes(9), "/home/jovyan");

    EXPECT_THAT(steps(), IsEmpty());
    forget_killed_starts(store, "/root", machine, files, files);
    EXPECT_THAT(marks(), SizeIs(3));
}

TEST_F(StartMarks, AreTakenAwayWhenAStartEnds) {
    StartMark mark(store, "/root", machine, files, files);
    mark.set("one");
    mark.set("two");
    leave(dead, "two", std::chrono::seconds(1));
    ASSERT_THAT(marks(), SizeIs(2));

    mark.remove();
    forget_killed_starts(store, "/root", machine, files, files);

    EXPECT_THAT(marks(), IsEmpty());
}

TEST_F(StartMarks, OfNoiseAreLeftAlone) {
    tree.file(std::string(folder) + "/noise.json", "\x01{");
    tree.folder(std::string(folder) + "/folder.json");
    tree.link(std::string(folder) + "/link.json", "/etc/passwd");

    EXPECT_THAT(steps(), IsEmpty());
    EXPECT_THAT(marks(), SizeIs(3));
}

TEST_F(StartMarks, AreNotWrittenToAStoreThatCanOnlyBeRead) {
    store.is_read_only = true;

    StartMark(store, "/root", machine, files, files).set("one");

    EXPECT_FALSE(tree.exists(folder));
}

}  // namespace
}  // namespace envkeep::store
