// SPDX-License-Identifier: MIT
#include "captured.hpp"
#include "envkeep/manifest/read.hpp"
#include "envkeep/posix/files.hpp"
#include "envkeep/store/find.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

namespace envkeep::store {
namespace {

using ::testing::AllOf;
using ::testing::Field;
using ::testing::HasSubstr;

auto is_platform(const std::string& id, const std::string& store) {
    return AllOf(Field("id", &Platform::id, id), Field("store", &Platform::store, store));
}

using Row = std::tuple<const char*, const char*, const char*>;

class PlatformByVariable : public ::testing::TestWithParam<Row> {};

TEST_P(PlatformByVariable, IsRecognised) {
    const auto& [variable, id, store] = GetParam();
    Captured captured;
    captured.variable(variable, "x");

    const Platform platform = recognise_platform(captured.machine());

    EXPECT_THAT(platform, is_platform(id, store));
    EXPECT_EQ(platform.because, std::string(variable) + " is set");
}

INSTANTIATE_TEST_SUITE_P(
    All,
    PlatformByVariable,
    ::testing::Values(
        Row("PAPERSPACE_NOTEBOOK_ID", "gradient", "/storage"),
        Row("PAPERSPACE_NOTEBOOK_REPO_ID", "gradient", "/storage"),
        Row("PAPERSPACE_CLUSTER_ID", "gradient", "/storage"),
        Row("PAPERSPACE_FQDN", "gradient", "/storage"),
        Row("PAPERSPACE_METRIC_WORKLOAD_ID", "gradient", "/storage"),
        Row("KAGGLE_KERNEL_RUN_TYPE", "kaggle", "/kaggle/working"),
        Row("KAGGLE_URL_BASE", "kaggle", "/kaggle/working"),
        Row("COLAB_RELEASE_TAG", "colab", "/content/drive/MyDrive"),
        Row("COLAB_GPU", "colab", "/content/drive/MyDrive"),
        Row("COLAB_BACKEND_VERSION", "colab", "/content/drive/MyDrive"),
        Row("RUNPOD_POD_ID", "runpod", "/workspace"),
        Row("RUNPOD_DC_ID", "runpod", "/workspace"),
        Row("RUNPOD_VOLUME_ID", "runpod", "/workspace"),
        Row("VAST_CONTAINERLABEL", "vast", "/data"),
        Row("SAGEMAKER_APP_TYPE", "sagemaker", "/home/sagemaker-user"),
        Row("SAGEMAKER_APP_TYPE_LOWERCASE", "sagemaker", "/home/sagemaker-user"),
        Row("LIGHTNING_CLOUD_PROJECT_ID", "lightning", "/teamspace/studios/this_studio"),
        Row("LIGHTNING_CLOUD_SPACE_ID", "lightning", "/teamspace/studios/this_studio"),
        Row("JUPYTERHUB_USER", "jupyterhub", "/home/jovyan"),
        Row("SPACE_ID", "spaces", "/data"),
        Row("SPACE_AUTHOR_NAME", "spaces", "/data")),
    [](const auto& row) { return std::string(std::get<0>(row.param)); });

TEST(Platform, IsNotToldByAnEmptyVariable) {
    Captured captured;
    captured.variable("PAPERSPACE_NOTEBOOK_ID", "");

    EXPECT_THAT(recognise_platform(captured.machine()), is_platform("container", ""));
}

TEST(Platform, KaggleIsNotTakenForColabWhoseImageItUses) {
    Captured captured;
    captured.variable("COLAB_GPU", "")
        .variable("COLAB_RELEASE_TAG", "release-colab")
        .variable("KAGGLE_KERNEL_RUN_TYPE", "Interactive");

    EXPECT_EQ(recognise_platform(captured.machine()).id, "kaggle");
}

TEST(Platform, GradientIsRecognisedByItsFoldersToo) {
    Captured captured;
    captured.mount("/", "overlay").mount("/storage", "nfs4");
    captured.tree.folder("notebooks").folder("storage");

    EXPECT_THAT(recognise_platform(captured.machine()), is_platform("gradient", "/storage"));
}

TEST(Platform, AMountedStorageFolderIsAStoreInAnyContainer) {
    Captured captured;
    captured.mount("/", "overlay").mount("/storage", "ext4");

    EXPECT_THAT(recognise_platform(captured.machine()), is_platform("container", "/storage"));
}

TEST(Platform, AStorageFolderThatIsNoMountSaysNothing) {
    Captured captured;
    captured.mount("/", "overlay");
    captured.tree.folder("storage").folder("notebooks");

    EXPECT_THAT(recognise_platform(captured.machine()), is_platform("container", ""));
}

TEST(Platform, SageMakerNotebookInstanceIsRecognisedByItsMetadata) {
    Captured captured;
    captured.tree.file("opt/ml/metadata/resource-metadata.json", "{}");

    EXPECT_THAT(recognise_platform(captured.machine()),
                is_platform("sagemaker-notebook", "/home/ec2-user/SageMaker"));
}

TEST(Platform, LightningIsRecognisedByItsFolderToo) {
    Captured captured;
    captured.tree.folder("teamspace/studios/this_studio");

    EXPECT_THAT(recognise_platform(captured.machine()),
                is_platform("lightning", "/teamspace/studios/this_studio"));
}

TEST(Platform, OfAHubItIsTheHomeThatSurvives) {
    Captured captured;
    captured.variable("JUPYTERHUB_USER", "ann").variable("HOME", "/home/ann");

    EXPECT_THAT(recognise_platform(captured.machine()), is_platform("jupyterhub", "/home/ann"));
}

TEST(Platform, KagglesFolderNeedBeNoMount) {
    Captured captured;
    posix::Files files;
    captured.variable("KAGGLE_URL_BASE", "x");

    const Result<StoreChoice> choice =
        choose_store(std::nullopt, std::nullopt, captured.machine(), files);

    ASSERT_TRUE(choice.has_value());
    EXPECT_FALSE(choice->must_be_mounted);
}

TEST(Platform, RunPodWithoutWorkspaceHasItsServerlessVolume) {
    Captured captured;
    captured.variable("RUNPOD_POD_ID", "x");
    captured.tree.folder("runpod-volume");

    EXPECT_THAT(recognise_platform(captured.machine()), is_platform("runpod", "/runpod-volume"));
}

TEST(Platform, VastSaysItselfWhereItsVolumeIs) {
    Captured captured;
    captured.variable("VAST_CONTAINERLABEL", "C.1").variable("DATA_DIRECTORY", "/workspace/");

    EXPECT_THAT(recognise_platform(captured.machine()), is_platform("vast", "/workspace"));
}

// The manifest's reader has its own list, since it is below the store.
TEST(Platform, IsAWordThatAConditionTakes) {
    std::vector<std::string> ids{"container"};
    for (const Platform& platform : all_platforms()) {
        ids.push_back(platform.id);
    }
    for (const std::string& id : ids) {
        const std::string text = "envkeep: 1\nkeep: [{path: a, when: {platform: " + id + "}}]\n";
        const auto reading = manifest::read(
            "m.yaml", [&](const std::string&) -> Result<std::string> { return text; });
        EXPECT_TRUE(reading && reading->problems.empty()) << id;
    }
}

class StartScriptOf : public ::testing::Test {
  protected:
    Platform platform() { return detect_platform(captured.machine()); }

    Captured captured;
};

TEST_F(StartScriptOf, TheFastAiImageIsSeenByWhatPidOneNames) {
    captured.first_process({"/bin/bash", "/opt/start-it"});
    captured.tree.file(
        "opt/start-it",
        "#!/bin/bash\n# fast.ai\n[ -f /storage/pre-run.sh ] && . /storage/pre-run.sh\n"
        "jupyter lab\n");

    EXPECT_TRUE(platform().runs_pre_run);
    EXPECT_EQ(platform().hook_because, "'/opt/start-it' sources pre-run.sh");
}

TEST_F(StartScriptOf, TheFastAiImageIsSeenByItsFileAfterPidOneBecameJupyter) {
    captured.first_process({"/usr/bin/python3", "/usr/local/bin/jupyter-lab", "--allow-root"});
    captured.tree.file("run.sh", "#!/bin/bash\nsource \"/storage/pre-run.sh\"\nexec jupyter lab\n");

    EXPECT_TRUE(platform().runs_pre_run);
    EXPECT_EQ(platform().hook_because, "'/run.sh' sources pre-run.sh");
}

TEST_F(StartScriptOf, ARelativeScriptOfPidOneIsReadInItsFolder) {
    captured.first_process({"bash", "start.sh"});
    captured.tree.file("srv/start.sh", ". /storage/pre-run.sh\n").link("proc/1/cwd", "/srv");

    EXPECT_TRUE(platform().runs_pre_run);
}

TEST_F(StartScriptOf, AContainerCommandMaySourceItItself) {
    captured.first_process({"bash", "-c", ". /storage/pre-run.sh; jupyter lab"});

    EXPECT_TRUE(platform().runs_pre_run);
    EXPECT_THAT(platform().hook_because, HasSubstr("pid 1 was started with"));
}

TEST_F(StartScriptOf, TheFileOfAnotherFolderIsNotThatOfTheStore) {
    captured.first_process({"/bin/bash", "/run.sh"});
    captured.tree.file("run.sh", "#!/bin/bash\n. /storage/pre-run.sh\njupyter lab\n");
    const auto at = [&](std::string_view base) {
        return detect_platform(captured.machine(), base);
    };

    EXPECT_TRUE(at("/storage").runs_pre_run);
    EXPECT_FALSE(at("/storage/me").runs_pre_run);
    EXPECT_EQ(at("/storage/me").hook_because,
              "'/run.sh' sources another pre-run.sh than that of '/storage/me'");
    captured.tree.file("run.sh", "#!/bin/bash\n. \"$STORE/pre-run.sh\"\n");
    EXPECT_TRUE(at("/storage/me").runs_pre_run);
}

TEST_F(StartScriptOf, AnotherImageIsNamedByWhatWasRead) {
    captured.first_process({"/bin/bash", "/run.sh"});
    captured.tree.file("run.sh",
                       "#!/bin/bash\n# . /storage/pre-run.sh\necho . /storage/pre-run.sh.old\n"
                       "test -f /storage/pre-run.sh\njupyter lab\n");

    EXPECT_FALSE(platform().runs_pre_run);
    EXPECT_EQ(platform().hook_because, "'/run.sh' sources no pre-run.sh");
}

TEST_F(StartScriptOf, AContainerWithoutScriptsIsNamedByPidOne) {
    captured.first_process({"tini", "--", "jupyter", "notebook"});

    EXPECT_FALSE(platform().runs_pre_run);
    EXPECT_EQ(platform().hook_because,
              "no start script was found; pid 1 is 'tini -- jupyter notebook'");
}

TEST_F(StartScriptOf, AMachineThatShowsNothingIsNoFastAiImage) {
    EXPECT_FALSE(platform().runs_pre_run);
    EXPECT_EQ(platform().hook_because, "no start script was found and pid 1 cannot be seen");
}

TEST(MountOf, IsTheLongestAndLastOneAbove) {
    Captured captured;
    captured.mount("/", "overlay")
        .mount("/storage", "nfs4")
        .mount("/storage/deep", "tmpfs")
        .mount("/storage", "fuse.x");
    const posix::Machine machine = captured.machine();

    EXPECT_EQ(mount_of("/storage/envkeep", machine)->type, "fuse.x");
    EXPECT_EQ(mount_of("/storage", machine)->type, "fuse.x");
    EXPECT_EQ(mount_of("/storage/deep/er", machine)->type, "tmpfs");
    EXPECT_EQ(mount_of("/storage2", machine)->type, "overlay");
}

TEST(MountOf, IsUnknownWhereNoMountsCanBeSeen) {
    Captured captured;

    EXPECT_FALSE(mount_of("/storage", captured.machine()).has_value());
}

}  // namespace
}  // namespace envkeep::store
