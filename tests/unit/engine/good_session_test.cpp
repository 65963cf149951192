// SPDX-License-Identifier: MIT
#include "engine/good_session.hpp"

#include "envkeep/posix/process.hpp"
#include "support/mounts.hpp"
#include "unit/engine/machine_with_gpu.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>

#include <csignal>
#include <filesystem>

namespace envkeep::engine {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* good_session_file = "storage/envkeep/gpu/last-good.json";

TEST(ChangesOfASession, NameWhatBothKnow) {
    const GoodSession before{.driver = "525.105.17",
                             .cards = {"Quadro M4000"},
                             .image = "Debian 11",
                             .python = "3.9",
                             .torch = "none",
                             .cuda = {}};
    GoodSession now = before;
    EXPECT_EQ(changes_of(before, now), "");
    now.driver = "550.54";
    now.cards = {"A100", "A100"};
    now.torch = "2.4.1+cu121";
    now.cuda = "12.1";
    now.image.clear();
    EXPECT_EQ(changes_of(before, now),
              "driver 525.105.17 -> 550.54, card Quadro M4000 -> A100 and A100, torch none -> "
              "2.4.1+cu121");
}

TEST(ChangesOfASession, NameTheImageAndItsPython) {
    const GoodSession before{.image = "Debian 11", .python = "3.9"};
    EXPECT_EQ(changes_of(before, {.image = "Debian 12", .python = "3.11"}),
              "image Debian 11 -> Debian 12, Python 3.9 -> 3.11");
}

class LastGoodSession : public testing::SessionWithGpu {
  protected:
    void remember() {
        const DoctorReport report = examine().value();
        ASSERT_THAT(report.diagnosis.broken, IsEmpty());
        ASSERT_TRUE(remember_good_session(seen_world(), session(), as_it_is(seen_world(), report)));
    }

    // As a later container finds it.
    void become_another_session() {
        std::string text = tree.content(good_session_file);
        const std::string member = R"("boot_id":")";
        text.insert(text.find(member) + member.size(), "x");
        tree.file(good_session_file, text);
    }
};

TEST_F(LastGoodSession, IsKeptWithAllThatWasKnown) {
    remember();
    const Json json = Json::parse(tree.content(good_session_file)).value();
    const Json* const session = json.find("session");
    ASSERT_NE(session, nullptr);
    EXPECT_EQ(session->text_or("driver", ""), "535.104.05");
    EXPECT_EQ(session->text_or("torch", ""), "2.4.1+cu121");
    EXPECT_EQ(session->text_or("cuda", ""), "12.1");
    EXPECT_EQ(session->text_or("python", ""), "3.11");
    EXPECT_THAT(session->find("cards")->compact(), R"(["Tesla T4"])");
}

TEST_F(LastGoodSession, IsWrittenOnceForAContainer) {
    remember();
    const auto before = files.status(session().store.place("gpu/last-good.json")).value();
    remember();
    EXPECT_EQ(files.status(session().store.place("gpu/last-good.json")).value(), before);
}

TEST_F(LastGoodSession, IsComparedWithInEachLookOfTheNextContainer) {
    remember();
    EXPECT_EQ(title_of(examine()->diagnosis.findings, "gpu-changed"), "");
    become_another_session();
    EXPECT_EQ(title_of(examine()->diagnosis.findings, "gpu-changed"), "");
    captured.driver("535.200.01").card("0000:00:05.0", "0x20b0");
    for (const std::string name :
         {"libcuda.so", "libnvidia-ml.so", "libnvidia-ptxjitcompiler.so"}) {
        const std::string old = testing::libraries + name + ".535.104.05";
        captured.remove(old).unmount(old);
        captured.library(testing::libraries + name + ".535.200.01");
        captured.remove(testing::libraries + name + ".1");
        captured.link(testing::libraries + name + ".1", name + ".535.200.01");
        captured.mount(testing::libraries + name + ".535.200.01");
    }
    machine.mounted = captured.written().mounts;
    const std::string changed =
        "driver 535.104.05 -> 535.200.01, card Tesla T4 -> A100 SXM4 40GB since the last session";

    EXPECT_EQ(title_of(examine()->diagnosis.findings, "gpu-changed"), changed);
    remember();
    EXPECT_EQ(title_of(examine()->diagnosis.findings, "gpu-changed"), changed);
    become_another_session();
    EXPECT_EQ(title_of(examine()->diagnosis.findings, "gpu-changed"), "");
}

TEST_F(LastGoodSession, IsEvidenceOfTheCauseWhereSomethingIsBroken) {
    remember();
    captured.torch(testing::image_site, "2.4.1+cpu", "");
    const std::vector<model::Finding> findings = examine()->diagnosis.findings;
    ASSERT_EQ(findings.front().id, "torch-cpu-only");
    EXPECT_THAT(findings.front().evidence,
                Contains(StartsWith("it last worked with driver 535.104.05, card Tesla T4")));
    EXPECT_THAT(findings.front().evidence,
                Contains("what has changed since: torch 2.4.1+cu121 -> 2.4.1+cpu"));
    EXPECT_EQ(title_of(findings, "gpu-changed"), "");
}

TEST_F(LastGoodSession, IsEvidenceOfWhatTheManifestWantsInVainToo) {
    remember();
    want("gpu: {cuda: '>=12.4'}\n");
    captured.torch(testing::image_site, "2.3.1+cu121", "12.1");
    const std::vector<model::Finding> findings = examine()->diagnosis.findings;
    const auto wish = std::ranges::find(findings, "gpu-cuda-too-low", &model::Finding::id);
    ASSERT_NE(wish, findings.end());
    EXPECT_FALSE(wish->is_cause);
    EXPECT_THAT(wish->evidence,
                Contains("what has changed since: torch 2.4.1+cu121 -> 2.3.1+cu121"));
}

TEST_F(LastGoodSession, IsNotComparedWithCardsOfOtherContainers) {
    remember();
    become_another_session();
    captured.card("0000:00:06.0", "0x20b0");
    EXPECT_EQ(title_of(examine()->diagnosis.findings, "gpu-changed"), "");
}

TEST_F(LastGoodSession, ThatCannotBeReadIsToldAndCountsForNothing) {
    remember();
    const std::string whole = tree.content(good_session_file);
    for (const std::string& damaged : {whole.substr(0, whole.size() / 2),
                                       std::string("\0\xff\xfe noise", 9),
                                       std::string("{\"format\":1,\"session\":[]}"),
                                       std::string(1U << 20U, ' ')}) {
        tree.file(good_session_file, damaged);
        const DoctorReport report = examine().value();
        EXPECT_THAT(title_of(report.diagnosis.findings, "gpu-last-session-unreadable"),
                    HasSubstr("cannot be read"));
        EXPECT_EQ(report.ending, Ending::well);
    }
    remember();
    EXPECT_EQ(tree.content(good_session_file), whole);
}

TEST_F(LastGoodSession, OfANewerEnvkeepIsLeftToIt) {
    const std::string newer = R"({"format":2,"sessions":[]})";
    tree.file(good_session_file, newer);
    const DoctorReport report = examine().value();
    EXPECT_EQ(report.ending, Ending::well);
    ASSERT_EQ(report.diagnosis.findings.size(), 1);
    EXPECT_THAT(report.diagnosis.findings.front().evidence,
                ElementsAre(HasSubstr("a newer envkeep wrote it")));
    const auto kept = remember_good_session(seen_world(), session(), as_it_is(world(), report));
    ASSERT_FALSE(kept);
    EXPECT_EQ(kept.error().kind, ErrorKind::conflict);
    EXPECT_EQ(tree.content(good_session_file), newer);
}

TEST_F(LastGoodSession, IsNoLinkAndNothingElseThatWasPlantedThere) {
    tree.file("elsewhere", "mine\n");
    const std::string path = tree / good_session_file;
    const auto expect_left = [&] {
        const DoctorReport report = examine().value();
        EXPECT_EQ(report.ending, Ending::well);
        ASSERT_EQ(report.diagnosis.findings.size(), 1);
        const model::Finding& finding = report.diagnosis.findings.front();
        EXPECT_EQ(finding.id, "gpu-last-session-unreadable");
        EXPECT_THAT(finding.fix.text, HasSubstr("move"));
        EXPECT_FALSE(remember_good_session(seen_world(), session(), as_it_is(world(), report)));
    };
    tree.folder("storage/envkeep/gpu").link(good_session_file, tree / "elsewhere");
    expect_left();
    EXPECT_TRUE(tree.is_link(good_session_file));
    std::filesystem::remove(path);
    tree.link(good_session_file, tree / "nowhere");
    expect_left();
    EXPECT_FALSE(tree.exists("nowhere"));
    std::filesystem::remove(path);
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    expect_left();
    std::filesystem::remove(path);
    tree.folder(good_session_file);
    expect_left();
    EXPECT_EQ(tree.content("elsewhere"), "mine\n");
}

TEST_F(LastGoodSession, IsWholeAtAnyTimeHoweverManySessionsWriteItAndDie) {
    remember();
    const World here = seen_world();
    const Session now = session();
    std::vector<posix::Worker> others;
    for (int i = 0; i < 2; ++i) {
        others.push_back(posix::start_worker(
                             [&](int) {
                                 posix::Files own;
                                 World beside = world();
                                 const World mine{.files = own,
                                                  .writer = &own,
                                                  .machine = beside.machine,
                                                  .walker = beside.walker};
                                 const Session theirs = open_session(mine, options()).value();
                                 GoodSession good{.cards = {"a"}};
                                 while (remember_good_session(mine, theirs, good)) {
                                     good.cards.push_back(good.cards.size() > 9 ? "x" : "card");
                                     good.cards.resize(good.cards.size() % 10 + 1, "b");
                                 }
                                 return 1;
                             },
                             posix::Lifetime::of_parent)
                             .value());
    }
    for (int i = 0; i < 500; ++i) {
        ASSERT_TRUE(Json::parse(tree.content(good_session_file)));
    }
    for (const posix::Worker& other : others) {
        ASSERT_TRUE(posix::end_process(*posix::process_with(other.pid), posix::Ending::at_once));
        EXPECT_EQ(posix::wait_for_worker(other, SteadyTime::max())->signal, SIGKILL);
    }
    EXPECT_EQ(title_of(examine()->diagnosis.findings, "gpu-last-session-unreadable"), "");
    remember();
    EXPECT_THAT(tree.content(good_session_file), HasSubstr("Tesla T4"));
}

class LastGoodSessionOnADisk : private testing::OwnMounts, public LastGoodSession {};

TEST_F(LastGoodSessionOnADisk, ThatIsFullIsMissingOnlyToAComparison) {
    tree.folder("storage/envkeep/gpu");
    const auto disk = testing::ScopedMount::tmpfs(tree / "storage/envkeep/gpu", "size=4k");
    tree.file("storage/envkeep/gpu/all-there-is", std::string(4096, 'x'));
    const DoctorReport report = examine().value();
    EXPECT_EQ(report.ending, Ending::well);
    EXPECT_THAT(report.diagnosis.findings, IsEmpty());
    EXPECT_FALSE(remember_good_session(seen_world(), session(), as_it_is(world(), report)));
    EXPECT_THAT(files.list(session().store.place("gpu")).value(), SizeIs(1));
}

TEST_F(LastGoodSessionOnADisk, ThatIsReadOnlyIsOnlyComparedWith) {
    remember();
    become_another_session();
    captured.torch(testing::image_site, "2.5.1+cu121", "12.1");
    const std::string before = tree.content(good_session_file);
    const auto disk = testing::ScopedMount::read_only_bind(tree / "storage", tree / "storage");
    EXPECT_THAT(title_of(examine()->diagnosis.findings, "gpu-changed"), HasSubstr("2.5.1"));
    machine.mounted = posix::Machine(variables.data()).mounts().value();
    posix::Files opened_since;
    const World here{
        .files = opened_since, .writer = &opened_since, .machine = machine, .walker = walker};
    const Session now = open_session(here, options()).value();
    ASSERT_TRUE(now.store.is_read_only);
    EXPECT_TRUE(remember_good_session(here, now, {.cards = {"another"}}));
    EXPECT_EQ(tree.content(good_session_file), before);
}

TEST_F(LastGoodSession, IsOnesOwnForEachProfile) {
    remember();
    become_another_session();
    write_manifest("  profile: other\n");
    captured.card("0000:00:05.0", "0x20b0");
    EXPECT_EQ(title_of(examine()->diagnosis.findings, "gpu-changed"), "");
    remember();
    EXPECT_TRUE(tree.exists("storage/envkeep/gpu/last-good-other.json"));
}

}  // namespace
}  // namespace envkeep::engine
