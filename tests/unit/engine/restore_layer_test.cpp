// SPDX-License-Identifier: MIT
#include "envkeep/engine/layer_forecast.hpp"
#include "unit/engine/session_of_a_test.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace envkeep::engine {
namespace {

using ::testing::IsEmpty;

class RestoringALayer : public testing::SessionOfATest {
  protected:
    // What a snapshot sees in the very moment of a change it does not vouch for.
    void pass_time() {
        constexpr std::int64_t moment = 50'000'000;
        const std::int64_t began = tree.file("clock", "x").modified_at("clock");
        while (tree.file("clock", "x").modified_at("clock") < began + moment) {
        }
    }

    // Another container, whose image brings what `bring` makes.
    void begin_container(const std::function<void()>& bring) {
        tree.remove("home").folder("home");
        bring();
        pass_time();
        begin_session();
    }

    std::string take_snapshot() {
        pass_time();
        return take().value().record.value().id;
    }

    LayerRestoreReport restore(const LayerRestoreOptions& how = {}) {
        Session session = this->session();
        return restore_layer(world(), session, how, {}).value();
    }
};

// Installers that keep the times of an archive make such files, so does `cp -p`.
class RestoringLookalikes : public RestoringALayer {
  protected:
    void write(const std::string& version) {
        constexpr std::int64_t of_the_archive = 499'162'500'000'000'000;
        tree.file("home/tool/version", version)
            .modified("home/tool/version", of_the_archive)
            .link("home/tool/link", version)
            .modified("home/tool/link", of_the_archive);
    }

    std::vector<std::string> there() {
        return {tree.content("home/tool/version"), tree.target("home/tool/link")};
    }
};

TEST_F(RestoringLookalikes, ReplacesTheFilesOfTheImageThatHaveOtherBytes) {
    begin_container([&] { write("1.0.0"); });
    tree.remove("home/tool");
    write("1.0.1");
    take_snapshot();
    begin_container([&] { write("1.0.0"); });

    const LayerRestoreReport report = restore();

    EXPECT_THAT(there(), ::testing::Each("1.0.1"));
    EXPECT_THAT(report.aside, IsEmpty());
    EXPECT_TRUE(prove_layer(world(), session(), true, {}).value().is_identical());
}

TEST_F(RestoringLookalikes, ReplacesWhatTheSnapshotBeforeHad) {
    write("1.0.1");
    const std::string older = take_snapshot();
    tree.remove("home/tool");
    write("1.0.2");
    take_snapshot();

    const LayerRestoreReport report = restore({.at = older});

    EXPECT_THAT(there(), ::testing::Each("1.0.1"));
    EXPECT_THAT(report.aside, IsEmpty());
}

TEST_F(RestoringLookalikes, MovesAsideWhatTheSessionMadeSince) {
    write("1.0.1");
    const std::string older = take_snapshot();
    tree.remove("home/tool");
    write("1.0.3");

    const LayerRestoreReport report = restore({.at = older});

    EXPECT_THAT(there(), ::testing::Each("1.0.1"));
    EXPECT_EQ(report.aside.size(), 2U);
}

// What another image's snapshot left to do, or could not, is none of the one that is here.
TEST_F(RestoringALayer, ForgetsWhatAnotherOneWasStillToBring) {
    tree.file("home/work", "1\n");
    const std::string here = take_snapshot();
    snapshot::LayerState state = this->state();
    state.partly = snapshot::LayerRef{.layer = "other", .snapshot = "other"};
    state.debs = {"tiny_1_amd64.deb"};
    state.not_here = {"apt tiny 1: no .deb of it is kept"};
    state.cures = {"apt-get install -y tiny"};
    ASSERT_TRUE(snapshot::save_layer_state(session().home, state, files));

    restore({.at = here});

    EXPECT_FALSE(this->state().partly.has_value());
    EXPECT_THAT(this->state().debs, IsEmpty());
    EXPECT_THAT(this->state().cures, IsEmpty());
    EXPECT_TRUE(prove_layer(world(), session(), true, {}).value().is_identical());
}

TEST_F(RestoringALayer, TellsThatTheNextSessionGetsTheNewerOne) {
    const auto is_told = [](const std::vector<model::Finding>& findings, const std::string& id) {
        return findings.size() == 1 && findings[0].id == "snapshot-not-newest" &&
               findings[0].subject == id;
    };
    tree.file("home/work", "1\n");
    const std::string older = take_snapshot();
    tree.file("home/work", "22\n");
    const std::string newer = take_snapshot();

    EXPECT_TRUE(is_told(restore({.at = older}).findings, newer));
    EXPECT_EQ(prove_layer(world(), session(), false, {}).value().next, newer);
    pass_time();
    const SnapshotReport unchanged = take().value();
    EXPECT_EQ(unchanged.unchanged_since, older);
    EXPECT_TRUE(is_told(unchanged.findings, newer));
    const SnapshotReport again = take({.message = "back"}).value();
    ASSERT_TRUE(again.record.has_value());
    begin_container([] {});
    EXPECT_EQ(restore().record.value().id, again.record->id);
    EXPECT_EQ(tree.content("home/work"), "1\n");
    EXPECT_THAT(take().value().findings, IsEmpty());
}

TEST_F(RestoringALayer, KnowsOfTheImageWhatWasListedBeforeTheManifestTookInMore) {
    tree.file("home/work/one", "1\n");
    const std::string older = take_snapshot();
    tree.file("home/work/two", "2\n");
    take_snapshot();
    write_manifest("  include: [" + (tree.folder("more") / "more") + "]\n");

    const LayerRestoreReport report = restore({.at = older});

    EXPECT_FALSE(tree.exists("home/work/two"));
    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_EQ(report.findings[0].id, "snapshot-not-newest");
}

// Two versions in one place: what a package manager would make of both is nobody's wish.
class GoingBackBehindAnUpgrade : public RestoringALayer {
  protected:
    // As pip does: the metadata of the version before goes.
    void install_with_pip(const std::string& version) {
        tree.remove(site + "/foo").folder(site);
        for (const char* const before : {"1.0", "2.0"}) {
            tree.remove(info(before));
        }
        tree.file(site + "/foo/__init__.py", "version = '" + version + "'\n")
            .file(site + "/foo/only_in_" + version + ".py", "x = 1\n")
            .file(info(version) + "/METADATA", "Name: foo\nVersion: " + version + "\n")
            .file(info(version) + "/REQUESTED", "")
            .file(info(version) + "/RECORD",
                  "foo/__init__.py,,\nfoo/only_in_" + version + ".py,,\nfoo-" + version +
                      ".dist-info/METADATA,,\nfoo-" + version + ".dist-info/RECORD,,\n");
    }

    [[nodiscard]] static std::string info(const std::string& version) {
        return site + "/foo-" + version + ".dist-info";
    }

    void install_with_conda(const std::string& version) {
        const std::string prefix = "home/prefix";
        tree.remove(prefix)
            .file(prefix + "/conda-meta/history", "")
            .file(prefix + "/conda-meta/foo-" + version + "-0.json",
                  R"({"name": "foo", "version": ")" + version +
                      R"(", "build": "0", "files": ["lib/)" + version + R"("]})")
            .file(prefix + "/lib/" + version, version);
    }

    static const inline std::string site = "home/.local/lib/python3.11/site-packages";
};

TEST_F(GoingBackBehindAnUpgrade, PutsAsideWhatIsOfTheOtherVersion) {
    install_with_pip("1.0");
    install_with_conda("1.0");
    const std::string older = take_snapshot();
    install_with_pip("2.0");
    install_with_conda("2.0");
    install("bar");
    Session session = this->session();
    const auto told = forecast_layer(world(), session, {.at = older}, {}).value().aside;

    const LayerRestoreReport report = restore({.at = older});

    EXPECT_EQ(tree.content(site + "/foo/__init__.py"), "version = '1.0'\n");
    EXPECT_TRUE(tree.exists(site + "/foo/only_in_1.0.py"));
    EXPECT_FALSE(tree.exists(info("2.0")));
    EXPECT_FALSE(tree.exists(site + "/foo/only_in_2.0.py"));
    EXPECT_TRUE(tree.exists("home/prefix/lib/1.0"));
    EXPECT_FALSE(tree.exists("home/prefix/lib/2.0"));
    EXPECT_FALSE(tree.exists("home/prefix/conda-meta/foo-2.0-0.json"));
    // What the session installed besides is its own.
    EXPECT_TRUE(tree.exists(site + "/bar-1.0.dist-info"));
    EXPECT_THAT(report.aside, ::testing::UnorderedElementsAreArray(told));
    EXPECT_THAT(report.aside, ::testing::Contains(tree / info("2.0")));
    EXPECT_THAT(restore({.at = older}).aside, IsEmpty());
}

// Of a restore that brought a part, or was cut short, nobody knew what it left.
class GoingElsewhereFromAPart : public GoingBackBehindAnUpgrade {
  protected:
    void SetUp() override {
        GoingBackBehindAnUpgrade::SetUp();
        ASSERT_TRUE(list_image_once(world(), session(), {}, {}));
        install_with_pip("1.0");
        tree.file("home/work/only-in-older", "1\n");
        older = take_snapshot();
        install_with_pip("2.0");
        tree.remove("home/work/only-in-older");
        newer = take_snapshot();
        pass_time();
    }

    void expect_newer(const LayerRestoreReport& report) {
        EXPECT_THAT(report.aside, IsEmpty());
        EXPECT_FALSE(tree.exists(info("1.0")));
        EXPECT_FALSE(tree.exists(site + "/foo/only_in_1.0.py"));
        EXPECT_FALSE(tree.exists("home/work/only-in-older"));
        EXPECT_TRUE(prove_layer(world(), session(), true, {}).value().is_identical());
        EXPECT_THAT(state().begun, IsEmpty());
    }

    std::string older;
    std::string newer;
};

TEST_F(GoingElsewhereFromAPart, RemovesWhatCameOfOneDomain) {
    restore({.at = older, .only = {"python"}});
    ASSERT_TRUE(tree.exists(info("1.0")));

    expect_newer(restore({.at = newer}));
}

TEST_F(GoingElsewhereFromAPart, RemovesWhatCameBeforeItWasCutShort) {
    for (int most = 1; most <= 16; most *= 2) {
        const auto part =
            restore({.at = older, .may_go_on = [left = most]() mutable { return left-- > 0; }});

        SCOPED_TRACE(most);
        EXPECT_EQ(state().coming.has_value(), !part.is_whole);
        expect_newer(restore({.at = newer}));
    }
}

TEST_F(GoingElsewhereFromAPart, PutsAsideWhatTheUserMadeOfIt) {
    restore({.at = older, .only = {"python"}});
    // As an installer would that keeps the times of its archive.
    const std::string mine = site + "/foo/only_in_1.0.py";
    const std::int64_t time = tree.modified_at(mine);
    tree.file(mine, "y = 2\n").modified(mine, time);

    EXPECT_THAT(restore({.at = newer}).aside, ::testing::ElementsAre(tree / mine));
}

TEST_F(GoingBackBehindAnUpgrade, RemovesTheOtherVersionWhereTheStoreHasIt) {
    install_with_pip("1.0");
    const std::string older = take_snapshot();
    install_with_pip("2.0");
    take_snapshot();

    EXPECT_THAT(restore({.at = older}).aside, IsEmpty());
    EXPECT_FALSE(tree.exists(info("2.0")));
    EXPECT_FALSE(tree.exists(site + "/foo/only_in_2.0.py"));
}

}  // namespace
}  // namespace envkeep::engine
