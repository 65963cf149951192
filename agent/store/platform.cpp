// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/store/find.hpp"
#include "store/start_script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace envkeep::store {
namespace {

// A platform by what only it has, and what one needs to know of it; docs/platforms.md is made of
// this.
struct Known {
    std::string_view id;
    std::string_view name;
    std::string_view store;                     // what survives there; "~": the home itself
    std::array<std::string_view, 6> variables;  // one is enough; those not used are empty
    std::string_view trace;                     // a path that tells it where no variable is set
    Advice advice;
};

// Kaggle's image is made from Colab's, so it is asked for first. Below each: where that was read.
constexpr std::array<Known, 10> known_platforms{{
    // fastai-docker, gradient-utils, docs.digitalocean.com/products/paperspace/notebooks
    {"gradient",
     "Paperspace Gradient",
     "/storage",
     {"PAPERSPACE_NOTEBOOK_ID",
      "PAPERSPACE_NOTEBOOK_REPO_ID",
      "PAPERSPACE_CLUSTER_ID",
      "PAPERSPACE_FQDN",
      "PAPERSPACE_METRIC_WORKLOAD_ID",
      "PAPERSPACE_METRIC_CLUSTER_ID"},
     {},
     {.use = "container-command",
      .where = "as the notebook's container command",
      .note = "the whole team reads this folder, and each region has its own"}},
    // Kaggle/docker-python; that the folder is a mount was not seen everywhere
    {"kaggle",
     "Kaggle",
     "/kaggle/working",
     {"KAGGLE_KERNEL_RUN_TYPE", "KAGGLE_URL_BASE"},
     {},
     {.use = "notebook-cell",
      .where = "as the notebook's first cell",
      .note = "20 GB, kept as the output of a saved version, which others see where the "
              "notebook is public: no keys are kept here",
      .is_mount = false}},
    // googlecolab/colabtools, googlecolab/backend-info; modes and links of Drive: reported by users
    {"colab",
     "Google Colab",
     "/content/drive/MyDrive",
     {"COLAB_RELEASE_TAG", "COLAB_BACKEND_VERSION", "COLAB_GPU"},
     {},
     {.use = "notebook-cell",
      .where = "as the notebook's first cell",
      .missing = "mount Google Drive first, in a cell: from google.colab import drive; "
                 "drive.mount('/content/drive')",
      .note = "Drive keeps neither modes nor links and writes late: what is kept are copies",
      .first = "from google.colab import drive; drive.mount('/content/drive')\n"}},
    // runpod/docs, runpod/containers: their images are started by /start.sh
    {"runpod",
     "RunPod",
     "/workspace",
     {"RUNPOD_POD_ID", "RUNPOD_DC_ID", "RUNPOD_VOLUME_ID", "RUNPOD_GPU_COUNT"},
     {},
     {.use = "container-command",
      .where = "as the container start command of the pod or its template",
      .missing = "give the pod a volume disk or a network volume",
      .note = "several pods may share a network volume; some volumes keep no modes or owners",
      .server = "/start.sh"}},
    // vast-ai/docs, vast-ai/base-image
    {"vast",
     "Vast.ai",
     "/data",
     {"VAST_CONTAINERLABEL"},
     {},
     {.use = "pre-run",
      .where = "into the on-start script of the instance or its template",
      .missing = "rent the instance with a volume; its own disk lasts as long as the instance",
      .note = "a volume is bound to one machine; terminals have the variables by a line in a kept "
              "~/.bashrc: 'envkeep hook print --for profile'"}},
    // aws/sagemaker-distribution, docs.aws.amazon.com on lifecycle configurations
    {"sagemaker",
     "SageMaker Studio",
     "/home/sagemaker-user",
     {"SAGEMAKER_APP_TYPE", "SAGEMAKER_APP_TYPE_LOWERCASE"},
     {},
     {.use = "lifecycle-script",
      .where = "as a lifecycle configuration of the space",
      .note = "the home survives by itself; that script has 5 minutes, and whether its "
              "variables reach Jupyter is unknown: 'envkeep hook print --for jupyter-config'"}},
    // aws-samples/amazon-sagemaker-notebook-instance-lifecycle-config-samples
    {"sagemaker-notebook",
     "SageMaker notebook instance",
     "/home/ec2-user/SageMaker",
     {},
     "/opt/ml/metadata/resource-metadata.json",
     {.use = "lifecycle-script",
      .where = "as the 'Start notebook' script of a lifecycle configuration",
      .note = "that script runs as root for ec2-user and has 5 minutes; terminals have the "
              "variables by a line in a kept ~/.bashrc: 'envkeep hook print --for profile'"}},
    // lightning.ai/docs on start actions, litData; that modes are reset: notes of a course
    {"lightning",
     "Lightning Studio",
     "/teamspace/studios/this_studio",
     {"LIGHTNING_CLOUD_PROJECT_ID", "LIGHTNING_CLOUD_SPACE_ID"},
     "/teamspace/studios/this_studio",
     {.use = "pre-run",
      .where = "into ~/.lightning_studio/on_start.sh",
      .note = "the home survives by itself, with the modes of ssh keys reset; terminals have the "
              "variables by a line in ~/.bashrc: 'envkeep hook print --for profile'"}},
    // jupyterhub/zero-to-jupyterhub-k8s, jupyter/docker-stacks
    {"jupyterhub",
     "JupyterHub",
     "~",
     {"JUPYTERHUB_USER"},
     {},
     {.use = "jupyter-config",
      .where = "into ~/.jupyter/jupyter_server_config.py",
      .missing = "this hub gives the home no storage of its own: ask who runs it",
      .note = "the home survives by itself and hides what the image has there"}},
    // huggingface.co/docs/hub/spaces-storage, SpacesExamples/jupyterlab, whose on_startup.sh runs
    // when the image is built
    {"spaces",
     "Hugging Face Spaces",
     "/data",
     {"SPACE_ID", "SPACE_AUTHOR_NAME"},
     {},
     {.use = "pre-run",
      .where = "into start_server.sh of the Space's repository, before jupyter",
      .missing = "turn on the persistent storage of the Space",
      .note = "what the Space runs is in its repository, which others read where it is public"}},
}};

std::string_view set_variable(const Known& platform, const system::Machine& machine) {
    const auto* const found = std::ranges::find_if(platform.variables, [&](std::string_view name) {
        return !name.empty() && !machine.variable(name).value_or("").empty();
    });
    return found == platform.variables.end() ? std::string_view{} : *found;
}

bool is_mount_point(const std::string& folder, const system::Machine& machine) {
    const auto mount = mount_of(folder, machine);
    return mount && mount->point == folder;
}

// Where a platform offers several folders, the one that is there.
std::string store_of(const Known& platform, const system::Machine& machine) {
    if (platform.id == "runpod" && !machine.exists("/workspace") &&
        machine.exists("/runpod-volume")) {
        return "/runpod-volume";
    }
    if (platform.store == "~") {
        const std::string home = machine.variable("HOME").value_or("");
        return home.starts_with('/') && home.size() > 1 ? home : "/home/jovyan";
    }
    if (platform.id == "vast") {
        const std::string folder = machine.variable("DATA_DIRECTORY").value_or("");
        if (folder.starts_with('/')) {
            return folder.size() > 1 && folder.ends_with('/') ? folder.substr(0, folder.size() - 1)
                                                              : folder;
        }
    }
    return std::string(platform.store);
}

Platform known(const Known& platform, const system::Machine& machine, std::string because) {
    return {.id = std::string(platform.id),
            .name = std::string(platform.name),
            .store = store_of(platform, machine),
            .because = std::move(because),
            .advice = platform.advice};
}

Platform by_traces(const system::Machine& machine) {
    const bool has_storage = is_mount_point("/storage", machine);
    if (has_storage && machine.exists("/notebooks")) {
        return known(
            known_platforms.front(), machine, "'/storage' is mounted and '/notebooks' is there");
    }
    if (!has_storage) {
        for (const Known& platform : known_platforms) {
            if (!platform.trace.empty() && machine.exists(std::string(platform.trace))) {
                return known(platform, machine, fmt::format("'{}' is there", platform.trace));
            }
        }
    }
    return {.id = "container",
            .name = "container",
            .store = has_storage ? "/storage" : "",
            .because = has_storage ? "'/storage' is mounted"
                                   : "no platform that envkeep knows left its marks here"};
}

}  // namespace

Platform recognise_platform(const system::Machine& machine) {
    for (const Known& platform : known_platforms) {
        if (const std::string_view name = set_variable(platform, machine); !name.empty()) {
            return known(platform, machine, fmt::format("{} is set", name));
        }
    }
    return by_traces(machine);
}

std::vector<Platform> all_platforms() {
    std::vector<Platform> platforms;
    for (const Known& platform : known_platforms) {
        platforms.push_back({.id = std::string(platform.id),
                             .name = std::string(platform.name),
                             .store = std::string(platform.store),
                             .because = std::string(platform.variables.front().empty()
                                                        ? platform.trace
                                                        : platform.variables.front()),
                             .advice = platform.advice});
    }
    return platforms;
}

Platform detect_platform(const system::Machine& machine, std::string_view store_base) {
    Platform platform = recognise_platform(machine);
    StartScript script = find_start_script(machine, store_base);
    platform.runs_pre_run = script.sources_pre_run;
    platform.hook_because = std::move(script.because);
    return platform;
}

std::optional<system::Mount> mount_of(const std::string& absolute, const system::Machine& machine) {
    const auto mounts = machine.mounts();
    if (!mounts) {
        return std::nullopt;
    }
    const system::Mount* best = nullptr;
    for (const system::Mount& mount : *mounts) {
        const bool is_above = mount.point == "/" || absolute == mount.point ||
                              (absolute.starts_with(mount.point) &&
                               absolute.substr(mount.point.size()).starts_with('/'));
        // Of two mounts at one point the later one covers the other.
        if (is_above && (best == nullptr || mount.point.size() >= best->point.size())) {
            best = &mount;
        }
    }
    return best == nullptr ? std::nullopt : std::optional(*best);
}

}  // namespace envkeep::store
