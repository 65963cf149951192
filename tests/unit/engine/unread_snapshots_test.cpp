// SPDX-License-Identifier: MIT
#include "engine/unread_snapshots.hpp"

#include "engine/auto_snapshot.hpp"
#include "envkeep/engine/collect.hpp"
#include "unit/engine/session_of_a_test.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace envkeep::engine {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::Not;

// Two snapshots, of which a session that begins now cannot read the newer one.
class UnreadSnapshots : public testing::SessionOfATest {
  protected:
    void SetUp() override {
        SessionOfATest::SetUp();
        write_manifest("  auto: on-change\n");
        install("one");
        older_ = take().value().record.value();
        install("two");
        newer_ = take().value().record.value();
    }

    void begin_container() {
        tree.remove("home").folder("home");
        begin_session();
    }

    static std::string in_store(const std::string& path) { return "storage/envkeep/" + path; }

    static std::string layer_of(const snapshot::Snapshot& snapshot) {
        return in_store("manifests/" + snapshot.layer + ".layer.zst");
    }

    Result<LayerRestoreReport> restore(const LayerRestoreOptions& how = {}) {
        Session session = this->session();
        return restore_layer(world(), session, how, {});
    }

    void end_session() {
        take_auto_snapshot(
            options(), [&] { return world(); }, session().store.id, AutoReason::session_ends);
    }

    std::vector<model::Finding> told() { return layer_status(world(), session()).value().findings; }

    static auto names(const std::string& id, const std::vector<std::string>& commands) {
        return Contains(
            AllOf(Field(&model::Finding::id, id),
                  Field(&model::Finding::severity, Not(model::Severity::info)),
                  Field(&model::Finding::fix,
                        Field(&model::Fix::commands, ::testing::ElementsAreArray(commands)))));
    }

    bool is_here(const std::string& module) {
        return tree.exists("home/.local/lib/python3.11/site-packages/" + module + ".py");
    }

    snapshot::Snapshot older_;
    snapshot::Snapshot newer_;
};

TEST_F(UnreadSnapshots, AreNotFollowedByOneOfASessionThatLacksAllOfIt) {
    tree.file(layer_of(newer_), "");
    begin_container();

    ASSERT_FALSE(restore().has_value());
    install("three");
    end_session();

    EXPECT_EQ(snapshots(), 2U);
    EXPECT_EQ(take().error().kind, ErrorKind::busy);
    EXPECT_THAT(told(),
                names("snapshot-failed",
                      {"envkeep restore --at " + older_.id, "envkeep snapshot --as-is"}));
    const auto taken = take({.as_is = true});
    ASSERT_TRUE(taken.has_value()) << taken.error().message;
    EXPECT_TRUE(taken->record.has_value());
    EXPECT_THAT(told(), Not(Contains(Field(&model::Finding::id, "snapshot-failed"))));
}

TEST_F(UnreadSnapshots, GiveWayToAnOlderOneThatIsAskedFor) {
    tree.file(layer_of(newer_), "");
    begin_container();
    ASSERT_FALSE(restore().has_value());

    ASSERT_TRUE(restore({.at = older_.id}).has_value());

    EXPECT_TRUE(is_here("one"));
    EXPECT_FALSE(state().coming.has_value());
    EXPECT_THAT(told(), Not(Contains(Field(&model::Finding::id, "snapshot-failed"))));
    EXPECT_TRUE(prove_layer(world(), session(), true, {}).value().is_identical());
}

TEST_F(UnreadSnapshots, LeaveNothingButWhatIsHereWhereNoneCanBeRead) {
    tree.file(layer_of(newer_), "").file(layer_of(older_), "");
    begin_container();

    ASSERT_FALSE(restore().has_value());

    EXPECT_THAT(told(), names("snapshot-failed", {"envkeep snapshot --as-is"}));
}

// One that was asked for, and could not be had, takes nothing from what is here.
TEST_F(UnreadSnapshots, ThatAreAskedForLeaveTheSessionAsItWas) {
    tree.file(layer_of(older_), "");

    ASSERT_FALSE(restore({.at = older_.id}).has_value());

    EXPECT_FALSE(state().coming.has_value());
    EXPECT_EQ(state().here->snapshot, newer_.id);
}

// What the image has looks as a file of the snapshot does, and has other bytes.
TEST_F(UnreadSnapshots, AreNotTakenForThoseThatAPartOfCameOf) {
    const auto write = [&](const std::string& version) {
        tree.file("home/tool/version", version)
            .modified("home/tool/version", 499'162'500'000'000'000);
    };
    write("1.0.1");
    newer_ = take().value().record.value();
    const std::string sound = tree.content(layer_of(newer_));
    tree.file(layer_of(newer_), "").remove("home").folder("home");
    write("1.0.0");
    begin_session();
    ASSERT_FALSE(restore().has_value());
    tree.file(layer_of(newer_), sound);

    ASSERT_TRUE(restore().has_value());

    EXPECT_EQ(tree.content("home/tool/version"), "1.0.1");
    EXPECT_TRUE(is_here("two"));
}

TEST_F(UnreadSnapshots, AreToldWhereAnOlderOneComesBack) {
    const std::string ref = in_store("refs/" + newer_.profile + "/000002");
    const std::string record = in_store("snapshots/" + newer_.id + ".json");
    const std::string sound = tree.content(record);
    for (const auto& damage :
         std::vector<std::function<void()>>{[&] { tree.file(record, ""); },
                                            [&] { tree.remove(record); },
                                            [&] { tree.file(record, sound).file(ref, ""); }}) {
        damage();
        begin_container();

        const LayerRestoreReport report = restore().value();

        EXPECT_EQ(report.record.value().id, older_.id);
        EXPECT_EQ(report.ending, Ending::findings);
        EXPECT_THAT(report.findings, names("snapshot-unreadable", {"envkeep snapshot --as-is"}));
        EXPECT_THAT(told(), names("snapshot-unreadable", {"envkeep snapshot --as-is"}));
    }
    install("three");
    end_session();
    EXPECT_TRUE(state().refused.has_value());
    EXPECT_THAT(told(), names("snapshot-unreadable", {"envkeep snapshot --as-is"}));
    EXPECT_THAT(told(), Not(Contains(Field(&model::Finding::id, "snapshot-refused"))));
    EXPECT_EQ(state().here->snapshot, older_.id);
    EXPECT_THAT(take().error().hint, ::testing::HasSubstr("--as-is"));
}

TEST_F(UnreadSnapshots, AreFollowedByWhatIsHereWhereThatIsAskedFor) {
    tree.remove(in_store("snapshots/" + newer_.id + ".json"));
    begin_container();
    ASSERT_TRUE(restore().has_value());
    install("three");

    const std::string taken = take({.as_is = true}).value().record.value().id;

    EXPECT_THAT(told(), Not(Contains(Field(&model::Finding::id, "snapshot-unreadable"))));
    begin_container();
    EXPECT_EQ(restore().value().record.value().id, taken);
    EXPECT_TRUE(is_here("one"));
    EXPECT_TRUE(is_here("three"));
}

TEST_F(UnreadSnapshots, AreToldWhereNoneComesBack) {
    tree.remove("storage/envkeep/snapshots").folder("storage/envkeep/snapshots");
    begin_container();

    const LayerRestoreReport report = restore().value();
    install("three");
    end_session();

    EXPECT_FALSE(report.record.has_value());
    EXPECT_EQ(report.ending, Ending::partly);
    EXPECT_THAT(report.findings, names("snapshot-unreadable", {"envkeep snapshot --as-is"}));
    EXPECT_THAT(told(), names("snapshot-unreadable", {"envkeep snapshot --as-is"}));
    EXPECT_EQ(snapshots(), 0U);
}

TEST_F(UnreadSnapshots, ThatAreAnotherUsersAreGivenToTheStoresOwner) {
    const auto list = list_snapshots(world(), session()).value().list;
    const auto finding = say_unread(
        world(),
        session(),
        newer_.image,
        newer_.id,
        list,
        {{.ref = {.profile = newer_.profile, .number = 3},
          .error = {
              .kind = ErrorKind::permission_denied, .message = "permission denied", .hint = {}}}});

    ASSERT_TRUE(finding.has_value());
    ASSERT_EQ(finding->fix.commands.size(), 1U);
    EXPECT_THAT(finding->fix.commands[0], ::testing::StartsWith("sudo chown -R --reference="));
    EXPECT_THAT(finding->fix.commands[0], ::testing::HasSubstr("/refs"));
    EXPECT_FALSE(say_unread(world(),
                            session(),
                            newer_.image,
                            newer_.id,
                            list,
                            {{.ref = {.profile = newer_.profile, .number = 1}, .error = {}}}));
}

TEST_F(UnreadSnapshots, AreNamedByGcWithWhatCuresThem) {
    const std::string ref = in_store("refs/" + newer_.profile + "/000002");
    const std::string path = tree / ref;
    const auto collect = [&] { return collect_snapshots(world(), session(), {}).value(); };

    tree.file(ref, "damaged ref\n");
    const CollectReport known = collect();
    EXPECT_THAT(known.plan.blocked, ::testing::SizeIs(1));
    EXPECT_THAT(known.findings, names("gc-blocked", {"printf '%s\\n' " + newer_.id + " >" + path}));
    tree.file(ref, newer_.id + '\n');
    EXPECT_THAT(collect().plan.blocked, ::testing::IsEmpty());
    EXPECT_THAT(collect().findings, ::testing::IsEmpty());

    tree.remove(in_store("snapshots/" + newer_.id + ".json"));
    EXPECT_THAT(collect().findings, names("gc-blocked", {"mv -nT " + path + ' ' + path + ".old"}));
    EXPECT_TRUE(tree.exists(layer_of(newer_)));
    tree.rename(ref, ref + ".old");
    EXPECT_THAT(collect().plan.blocked, ::testing::IsEmpty());
}

// Whatever kept it away: the start was killed, or the store did not answer then.
TEST_F(UnreadSnapshots, OrSuchAsDidNotComeBackAreNotFollowedByOneThatIsTakenByItself) {
    begin_container();
    machine.started = machine.now() + std::chrono::seconds(2);
    install("three");

    end_session();

    EXPECT_EQ(snapshots(), 2U);
    EXPECT_THAT(told(), names("snapshot-refused", {"envkeep snapshot"}));
    EXPECT_TRUE(take().value().record.has_value());
}

}  // namespace
}  // namespace envkeep::engine
