// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"
#include "unit/cli/household.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace envkeep::cli {
namespace {

using testing::Answer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Household;
using ::testing::IsEmpty;
using ::testing::Not;

using Words = std::vector<std::string>;

// What 'plan' tells of snapshots, and whether 'restore' does it.
class PlanOfASnapshot : public Household {
  protected:
    // What this machine itself has changed is no matter of these tests.
    void SetUp() override {
        init_with(
            "envkeep: 1\nkeep: []\n"
            "snapshot: {exclude: [bin*, etc*, home*, lib*, opt*, root*, sbin*, srv*, usr*, "
            "var*]}\n");
    }

    // Gives its id.
    std::string take_snapshot() {
        age();
        return *document({"snapshot"}).find("snapshot")->find("id")->as_string();
    }

    // What a snapshot sees in the very moment of a change it does not vouch for.
    void age() {
        constexpr std::int64_t moment = 50'000'000;
        const std::int64_t began = tree().file("clock", "x").modified_at("clock");
        while (tree().file("clock", "x").modified_at("clock") < began + moment) {
        }
    }

    void begin_another_session() { tree().remove("home").folder("home"); }

    Json document(Words words) {
        words.emplace_back("--json");
        const Answer answer = run(words);
        const Result<Json> parsed = Json::parse(answer.out);
        EXPECT_TRUE(parsed.has_value()) << answer.out << answer.err;
        return parsed.value_or(Json::object().set("snapshot", Json::object()));
    }

    // The member `snapshot`.
    Json layer_of(const Words& words) { return *document(words).find("snapshot"); }

    // Below the home.
    std::vector<std::string> paths(const Json& layer, std::string_view member) {
        std::vector<std::string> found;
        for (const Json& path : *layer.find(member)->as_array()) {
            found.push_back(path.as_string()->substr((tree() / "home/").size()));
        }
        return found;
    }
};

TEST_F(PlanOfASnapshot, TellsWhatANewSessionGets) {
    tree().file("home/work/one", "1\n").file("home/work/three", "333\n").link("home/l", "work");
    const std::string id = take_snapshot();
    begin_another_session();
    const auto before = tree().snapshot();

    const Json layer = layer_of({"plan"});
    const Answer text = run({"plan"});

    EXPECT_EQ(tree().snapshot(), before);
    EXPECT_EQ(layer.text_or("id", ""), id);
    EXPECT_EQ(layer.number_or("files", 0), 3);
    EXPECT_EQ(layer.number_or("bytes", 0), 6);
    EXPECT_EQ(layer.number_or("attributes", -1), 0);
    EXPECT_THAT(paths(layer, "aside"), IsEmpty());
    EXPECT_THAT(paths(layer, "removed"), IsEmpty());
    EXPECT_EQ(text.status, 1);
    EXPECT_THAT(text.out, HasSubstr("snapshot " + id));
    EXPECT_THAT(text.out, HasSubstr(": 3 files of 6 B to bring back"));
    EXPECT_THAT(text.out, HasSubstr("'envkeep restore' does what is to do"));
    EXPECT_THAT(text.out, Not(HasSubstr("nothing to do")));
}

TEST_F(PlanOfASnapshot, HasNothingToTellOnceItIsThere) {
    tree().file("home/work/one", "1\n");
    take_snapshot();
    begin_another_session();
    ASSERT_EQ(run({"restore"}).status, 0);

    const Answer plan = run({"plan"});

    EXPECT_EQ(plan.status, 0);
    EXPECT_THAT(plan.out, HasSubstr("nothing to do"));
    EXPECT_EQ(layer_of({"plan"}), Json());
}

TEST_F(PlanOfASnapshot, TellsOfAnOlderOneWhatRestoreThenDoes) {
    tree().file("home/work/held", "1\n").file("home/work/edited", "1\n").file("home/mode", "1\n");
    const std::string id = take_snapshot();
    tree().file("home/work/held", "22\n").file("home/work/later", "1\n");
    take_snapshot();
    tree().file("home/work/edited", "333\n").mode("home/mode", 0600);
    const auto before = tree().snapshot();

    const Json planned = layer_of({"plan", "--at", id});
    const Answer text = run({"plan", "--at", id});
    const auto after = tree().snapshot();
    const Json done = layer_of({"restore", "--at", id});

    EXPECT_EQ(after, before);
    EXPECT_THAT(paths(planned, "replaced"), ElementsAre("work/held"));
    EXPECT_THAT(paths(planned, "aside"), ElementsAre("work/edited"));
    EXPECT_THAT(paths(planned, "removed"), ElementsAre("work/later"));
    EXPECT_EQ(planned.number_or("attributes", 0), 1);
    EXPECT_EQ(planned.number_or("bytes", 0), 4);
    EXPECT_EQ(text.status, 1);
    EXPECT_THAT(text.out, HasSubstr("~/work/edited"));
    EXPECT_THAT(text.out, HasSubstr("'envkeep restore --at " + id + "' does what is to do"));
    EXPECT_EQ(paths(done, "aside"), paths(planned, "aside"));
    EXPECT_EQ(done.number_or("removed", 0), 1);
    EXPECT_EQ(done.number_or("bytes", 0), 4);
    EXPECT_EQ(done.number_or("planned_files", 0),
              planned.number_or("files", 0) + planned.number_or("folders", 0) +
                  planned.number_or("attributes", 0));
    EXPECT_EQ(tree().content("home/work/edited"), "1\n");
    EXPECT_FALSE(tree().exists("home/work/later"));
}

TEST_F(PlanOfASnapshot, TakesTheSameChoiceAsRestore) {
    tree().file("home/work/one", "1\n");
    const std::string id = take_snapshot();
    tree().file("home/work/one", "22\n");

    EXPECT_EQ(layer_of({"plan", "--at", id, "--only", "python"}).number_or("files", -1), 0);
    EXPECT_EQ(layer_of({"plan", "--at", id, "--only", "files"}).number_or("files", -1), 1);
    EXPECT_EQ(run({"plan", "--only", "files"}).err,
              "error: '--only' needs '--at'\nhint: such as: envkeep plan --at ID --only python\n");
    EXPECT_EQ(run({"plan", "--at", "no-such"}).status, 2);
}

class RestoreOfASnapshot : public PlanOfASnapshot {};

TEST_F(RestoreOfASnapshot, VouchesForAllThatItWroteSoThatItCanGoAtOnce) {
    tree().file("home/work/one", "1\n");
    const std::string id = take_snapshot();
    for (const char* const name : {"a", "b", "c", "d", "e", "f"}) {
        tree().file(std::string("home/work/later/") + name, "1\n");
    }
    take_snapshot();
    begin_another_session();
    begin_session_here();
    ASSERT_EQ(run({"restore"}).status, 0);
    ASSERT_TRUE(tree().exists("home/work/later/f"));

    const Answer back = run({"restore", "--at", id});

    EXPECT_EQ(back.status, 0) << back.out;
    EXPECT_THAT(back.out, Not(HasSubstr("snapshot-stays")));
    EXPECT_FALSE(tree().exists("home/work/later"));
}

// Else it takes back the run before.
TEST_F(RestoreOfASnapshot, TellsThatUndoDoesNotTakeItBack) {
    tree().file("home/work/one", "1\n").file("home/work/two", "2\n");
    const std::string id = take_snapshot();
    tree().remove("home/work/one");

    const Answer first = run({"restore", "--at", id});
    const Answer again = run({"restore", "--at", id});

    EXPECT_TRUE(tree().exists("home/work/one"));
    EXPECT_THAT(first.out, HasSubstr("'envkeep undo' does not take back what came"));
    EXPECT_THAT(again.out, Not(HasSubstr("envkeep undo")));
    EXPECT_THAT(run({"restore", "--help"}).out,
                ::testing::ContainsRegex("'envkeep undo'[ \n]+takes[ \n]+back[ \n]+only"));
}

TEST_F(RestoreOfASnapshot, DoesNothingWhereThereIsNoneOfThatName) {
    tree().file("home/kept", "1\n");
    ASSERT_EQ(run({"adopt", "~/kept"}).status, 0);
    begin_another_session();

    const Answer refused = run({"restore", "--at", "no-such"});

    EXPECT_EQ(refused.status, 2) << refused.out;
    EXPECT_THAT(refused.err, HasSubstr("no-such"));
    EXPECT_FALSE(tree().exists("home/kept"));
}

TEST_F(RestoreOfASnapshot, ReadsAPathAlsoWhereTheHomeIsTheRoot) {
    EXPECT_THAT(run({"--home", "/", "restore", "--take", "home", "~/no-such-thing"}).err,
                HasSubstr("'/no-such-thing'"));
}

TEST_F(RestoreOfASnapshot, TellsWhatItDidAlsoWhereTheSnapshotCannotBeRead) {
    tree().file("home/kept", "1\n").file("home/work/one", "1\n");
    ASSERT_EQ(run({"adopt", "~/kept"}).status, 0);
    const std::string id = take_snapshot();
    begin_another_session();
    tree().remove("storage/envkeep/manifests").folder("storage/envkeep/manifests");

    const Json told = document({"restore", "--at", id});

    EXPECT_EQ(told.number_or("exit", 0), 3);
    EXPECT_FALSE(told.text_or("run", "").empty());
    EXPECT_THAT(told.find("findings")->compact(), HasSubstr("\"snapshot-failed\""));
    EXPECT_TRUE(tree().exists("home/kept"));
}

}  // namespace
}  // namespace envkeep::cli
