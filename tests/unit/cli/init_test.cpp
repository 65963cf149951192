// SPDX-License-Identifier: MIT
#include "support/child.hpp"
#include "support/mounts.hpp"
#include "unit/cli/household.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace envkeep::cli {
namespace {

using testing::Answer;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Init : public testing::Household {
  protected:
    static std::string program_of(const std::string& version, const std::string& more = {}) {
        return "#!/bin/sh\n# envkeep program version: " + version + ";\n" + more;
    }

    static constexpr const char* installed = "storage/envkeep/bin/envkeep";
    static constexpr const char* previous = "storage/envkeep/bin/envkeep.previous";
};

TEST_F(Init, LeavesTheLimitOfTheManifestInTheHook) {
    init_with("envkeep: 1\nstart: {limit: 40s}\n");
    said({"hook", "install"}, 0);
    EXPECT_THAT(tree().content("storage/envkeep/hook.sh"), HasSubstr("-s KILL 42 "));
    const auto before = tree().snapshot("storage");

    EXPECT_THAT(said({"init"}, 0), StartsWith("nothing to do"));

    EXPECT_EQ(tree().snapshot("storage"), before);
}

TEST_F(Init, RefusesAnOlderProgramBeforeAnythingIsWritten) {
    init_with("envkeep: 1\nkeep: [.a]\n");
    tree().file(installed, program_of("9.0.0")).file("storage/cfg/.ssh/key", "k\n");
    const auto before = tree().snapshot("storage");

    EXPECT_THAT(said({"init", "--import", tree() / "storage/cfg"}, 2),
                HasSubstr("the store holds envkeep 9.0.0"));

    EXPECT_EQ(tree().snapshot("storage"), before);
}

TEST_F(Init, MakesAProgramThatIsInPlaceExecutable) {
    init_with("envkeep: 1\n");
    said({"init"}, 0);
    ASSERT_EQ(::chmod((tree() / installed).c_str(), 0644), 0);

    EXPECT_THAT(said({"init"}, 0), HasSubstr("made /TREE/storage/envkeep/bin/envkeep executable"));

    EXPECT_EQ(tree().mode_of(installed), 0755U);
    EXPECT_THAT(said({"init"}, 0), StartsWith("nothing to do"));
}

TEST_F(Init, RefusesAFolderToImportThatIsNotThere) {
    EXPECT_THAT(said({"init", "--import", "/no/such"}, 2), HasSubstr("'/no/such' does not exist"));
    EXPECT_FALSE(tree().exists("storage/envkeep"));
}

TEST_F(Init, RefusesUnknownTemplatesOnAnyStore) {
    EXPECT_THAT(said({"init", "--template", "contaner"}, 2), HasSubstr("did you mean 'container'"));
    EXPECT_FALSE(tree().exists("storage/envkeep"));
    init_with("envkeep: 1\n");
    said({"init", "--template", "contaner"}, 2);
}

TEST_F(Init, TakesAFolderOnlyBehindStore) {
    EXPECT_THAT(said({"init", tree() / "storage"}, 2), HasSubstr("'--store /TREE/storage'"));
    EXPECT_THAT(said({"init", ".ssh"}, 2), HasSubstr("stand behind '--adopt'"));
}

TEST_F(Init, SaysThatATemplateWasNotUsed) {
    init_with("envkeep: 1\n");

    EXPECT_THAT(said({"init", "--template", "gradient-fastai"}, 0),
                HasSubstr("template 'gradient-fastai' was not used"));

    EXPECT_EQ(manifest(), "envkeep: 1\n");
}

TEST_F(Init, LetsANewManifestTakeSnapshotsByItself) {
    said({"init", "--auto-snapshot", "--store", tree() / "storage"}, 0);

    EXPECT_THAT(manifest(), HasSubstr("\nsnapshot: {auto: on-change}\n"));
    EXPECT_THAT(said({"init", "--auto-snapshot"}, 0), StartsWith("nothing to do"));
}

TEST_F(Init, LetsAnImportedManifestTakeSnapshotsByItself) {
    tree().file("storage/cfg/.ssh/key", "k\n");

    said({"init", "--auto-snapshot", "--import", tree() / "storage/cfg"}, 0);

    EXPECT_THAT(manifest(), EndsWith("\nsnapshot: {auto: on-change}\n"));
}

TEST_F(Init, SaysTheLineForSnapshotsWhereThereIsAManifest) {
    init_with("envkeep: 1\n");

    EXPECT_THAT(said({"init", "--auto-snapshot"}, 0),
                HasSubstr("add to it, at the left margin: snapshot: {auto: on-change}"));

    EXPECT_EQ(manifest(), "envkeep: 1\n");
}

TEST_F(Init, AddsNothingToABrokenManifest) {
    init_with("envkeep: 1\nkepe: [.a]\n");
    tree().file("storage/cfg/.ssh/key", "k\n").file("home/.a", "a\n");
    const auto before = tree().snapshot();

    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"init", "--import", tree() / "storage/cfg"},
          std::vector<std::string>{"init", "--adopt", ".a"}}) {
        const Answer answer = run(words);

        EXPECT_EQ(answer.status, 2);
        EXPECT_THAT(answer.err, HasSubstr("manifest.yaml:2:1: error: unknown key 'kepe'"));
        EXPECT_THAT(answer.err, EndsWith("the manifest must be corrected first\n"));
        EXPECT_EQ(answer.out, "");
    }

    EXPECT_EQ(tree().snapshot(), before);
    said({"init"}, 0);
}

TEST_F(Init, RefusesAPathToAdoptBeforeTheStoreIsMade) {
    EXPECT_THAT(said({"init", "--adopt", ".none"}, 3), HasSubstr("there is no"));
    said({"init", "--adopt", "~"}, 2);
    EXPECT_FALSE(tree().exists("storage/envkeep"));
}

TEST_F(Init, JournalsWhatAnImportAddsToAManifest) {
    init_with("envkeep: 1\nkeep: [.a]\n");
    tree().file("storage/cfg/.ssh/key", "k\n");

    const std::string text = said({"init", "--import", tree() / "storage/cfg"}, 0);

    EXPECT_THAT(text, HasSubstr("imported  ~/.ssh -> /TREE/storage/cfg/.ssh"));
    EXPECT_THAT(text, HasSubstr("taken back with: envkeep undo RUN"));
    EXPECT_THAT(manifest(), HasSubstr("cfg/.ssh"));
    said({"undo"}, 0);
    EXPECT_EQ(manifest(), "envkeep: 1\nkeep: [.a]\n");
}

TEST_F(Init, DoesAllButTheLineWherePreRunIsALink) {
    tree().file("other/start.sh", "echo theirs\n").link("storage/pre-run.sh", "../other/start.sh");
    const std::string line = command_line_.steady(run({"hook", "print", "--for", "pre-run"}).out);

    const std::string text = said({"init", "--template", "container"}, 3);

    EXPECT_THAT(text, HasSubstr("made the store"));
    EXPECT_THAT(text, HasSubstr("'/TREE/storage/pre-run.sh' is not a regular file"));
    EXPECT_THAT(text, HasSubstr(line));
    EXPECT_THAT(text, Not(HasSubstr("runs it")));
    EXPECT_TRUE(tree().exists("storage/envkeep/hook.sh"));
    EXPECT_TRUE(tree().exists(installed));
    EXPECT_EQ(tree().content("other/start.sh"), "echo theirs\n");

    tree().file("other/start.sh", run({"hook", "print", "--for", "pre-run"}).out + "echo theirs\n");
    EXPECT_THAT(said({"init"}, 0), StartsWith("nothing to do"));
}

TEST_F(Init, KeepsTheEarlierVersionWhenAnotherBuildIsInstalled) {
    init_with("envkeep: 1\n");
    tree().file(previous, program_of("0.0.9")).file("envkeep", program_of("0.1.0", "# again\n"));

    EXPECT_THAT(said({"init"}, 0),
                HasSubstr("0.1.0 in place of another 0.1.0; 0.0.9 stays as envkeep.previous"));

    EXPECT_EQ(tree().content(previous), program_of("0.0.9"));
    EXPECT_EQ(tree().content(installed), program_of("0.1.0", "# again\n"));
}

TEST_F(Init, KeepsAnotherBuildWhereThereIsNoEarlierVersion) {
    init_with("envkeep: 1\n");
    tree().file("envkeep", program_of("0.1.0", "# again\n"));

    said({"init"}, 0);

    EXPECT_EQ(tree().content(previous), program_of("0.1.0"));
}

TEST_F(Init, PutsTheProgramsOfThisStoreOnThePath) {
    const std::string text = said({"init", "--template", "container"}, 0);

    EXPECT_THAT(text, HasSubstr("here it is called as /TREE/storage/envkeep/bin/envkeep"));
    EXPECT_THAT(text, HasSubstr("export PATH=\"$PATH\":/TREE/storage/envkeep/bin\n"));
    EXPECT_THAT(command_line_.steady(manifest()),
                HasSubstr("append: [/TREE/storage/envkeep/bin]}"));
    EXPECT_THAT(command_line_.steady(run({"env"}).out),
                HasSubstr("export PATH=/TREE/home/.local/bin:/usr/bin:/bin:"
                          "/TREE/storage/envkeep/bin\n"));
}

TEST_F(Init, PutsTheProgramsOfAStoreWithAnOddNameOnThePath) {
    tree().folder("my store, [x] #1");
    const std::string store = tree() / "my store, [x] #1";

    said({"init", "--template", "gradient-fastai", "--store", store}, 0);

    EXPECT_THAT(run({"env", "--store", store}).out, HasSubstr(store + "/envkeep/bin'\n"));
    EXPECT_THAT(tree().content("my store, [x] #1/envkeep/manifest.yaml"),
                Not(HasSubstr(" /storage/")));
}

TEST_F(Init, LeavesThePathAloneWhereItCannotHoldTheStore) {
    for (const char* const name : {"a:b", "a$HOME", "a\xff"}) {
        tree().folder(name);
        const std::string store = tree() / name;

        said({"init", "--template", "container", "--store", store}, 0);

        EXPECT_THAT(run({"env", "--store", store}).out, HasSubstr(".local/bin:/usr/bin:/bin\n"));
    }
}

TEST_F(Init, NamesThePlatformAndWhereItsStartLineGoes) {
    command_line_.set("JUPYTERHUB_USER", "me");

    const std::string text = said({"init"}, 0);

    EXPECT_THAT(text, HasSubstr("  platform  JupyterHub: JUPYTERHUB_USER is set\n"));
    EXPECT_THAT(text, HasSubstr("the home survives by itself"));
    EXPECT_THAT(text, HasSubstr("paste this into ~/.jupyter/jupyter_server_config.py:\n"));
    EXPECT_THAT(text, HasSubstr("            import os, subprocess\n"));
    EXPECT_THAT(text, Not(HasSubstr("pre-run.sh")));
    EXPECT_FALSE(tree().exists("storage/pre-run.sh"));
    EXPECT_THAT(said({"init"}, 0), StartsWith("nothing to do"));
}

TEST_F(Init, SaysHowToGetTheFolderThatSurvives) {
    command_line_.set("COLAB_RELEASE_TAG", "r");
    command_line_.set("ENVKEEP_STORE", "");

    EXPECT_THAT(said({"init"}, 4), HasSubstr("mount Google Drive first"));
}

TEST_F(Init, KeepsNothingOfAHomeThatSurvivesByItself) {
    testing::in_child([&] {
        const auto mount = testing::ScopedMount::tmpfs(command_line_.home());
        command_line_.begin_session();

        said({"init", "--store", command_line_.home()}, 0);

        EXPECT_THAT(tree().content("home/envkeep/manifest.yaml"), HasSubstr("\nkeep: []\n"));
        tree().file("home/.vimrc", "mine\n");
        said({"restore", "--store", command_line_.home()}, 0);
        EXPECT_FALSE(is_link("home/.vimrc"));
    });
}

TEST_F(Init, OffersTheLineOfTheNoticeWhereEtcIsNotOurs) {
    init_with("envkeep: 1\n");

    const std::string text = said({"init", "--notice"}, 0);

    EXPECT_THAT(text, Not(HasSubstr("nothing to do")));
    EXPECT_THAT(text, HasSubstr("put this line into ~/.bashrc\n            [ ! -s "));
    EXPECT_FALSE(tree().exists("home/.bashrc"));

    const std::size_t line = text.find("[ ! -s ");
    const Answer answer = run({"init", "--notice"});
    tree().file("home/.bashrc", answer.out.substr(answer.out.find("[ ! -s ")));
    EXPECT_NE(line, std::string::npos);
    EXPECT_THAT(said({"init", "--notice"}, 0), StartsWith("nothing to do"));
}

TEST_F(Init, RefusesAFolderInPlaceOfTheManifestBeforeAnythingIsWritten) {
    tree().folder("storage/envkeep/manifest.yaml");
    const auto before = tree().snapshot("storage");

    const std::string told = said({"init"}, 2);

    EXPECT_THAT(told, HasSubstr("manifest.yaml' is no file"));
    EXPECT_THAT(told,
                HasSubstr("mv /TREE/storage/envkeep/manifest.yaml "
                          "/TREE/storage/envkeep/manifest.yaml.old"));
    EXPECT_EQ(tree().snapshot("storage"), before);
}

TEST_F(Init, RefusesAManifestThatLeadsNowhere) {
    tree().folder("storage/envkeep").link("storage/envkeep/manifest.yaml", "gone.yaml");
    const auto before = tree().snapshot("storage");

    EXPECT_THAT(said({"init"}, 2), HasSubstr("is a link to 'gone.yaml', which is not there"));

    EXPECT_EQ(tree().snapshot("storage"), before);
}

}  // namespace
}  // namespace envkeep::cli
