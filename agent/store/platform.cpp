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

// A platform by the variables that only it sets, and the folder that survives there.
struct Known {
    std::string_view id;
    std::string_view name;
    std::string_view store;
    std::array<std::string_view, 6> variables;  // one is enough; those not used are empty
};

// Kaggle's image is made from Colab's, so it is asked for first.
constexpr std::array<Known, 9> known_platforms{{
    {"gradient",
     "Paperspace Gradient",
     "/storage",
     {"PAPERSPACE_NOTEBOOK_ID",
      "PAPERSPACE_NOTEBOOK_REPO_ID",
      "PAPERSPACE_CLUSTER_ID",
      "PAPERSPACE_FQDN",
      "PAPERSPACE_METRIC_WORKLOAD_ID",
      "PAPERSPACE_METRIC_CLUSTER_ID"}},
    {"kaggle", "Kaggle", "/kaggle/working", {"KAGGLE_KERNEL_RUN_TYPE", "KAGGLE_URL_BASE"}},
    {"colab",
     "Google Colab",
     "/content/drive/MyDrive",
     {"COLAB_RELEASE_TAG", "COLAB_BACKEND_VERSION", "COLAB_GPU"}},
    {"runpod",
     "RunPod",
     "/workspace",
     {"RUNPOD_POD_ID", "RUNPOD_DC_ID", "RUNPOD_VOLUME_ID", "RUNPOD_GPU_COUNT"}},
    {"vast", "Vast.ai", "/data", {"VAST_CONTAINERLABEL"}},
    {"sagemaker", "SageMaker Studio", "/home/sagemaker-user", {"SAGEMAKER_APP_TYPE"}},
    {"lightning",
     "Lightning Studio",
     "/teamspace/studios/this_studio",
     {"LIGHTNING_CLOUD_PROJECT_ID"}},
    {"jupyterhub", "JupyterHub", "/home/jovyan", {"JUPYTERHUB_USER"}},
    {"spaces", "Hugging Face Spaces", "/data", {"SPACE_ID"}},
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
    if (platform.id == "vast") {
        const std::string folder = machine.variable("DATA_DIRECTORY").value_or("");
        if (folder.starts_with('/')) {
            return folder.size() > 1 && folder.ends_with('/') ? folder.substr(0, folder.size() - 1)
                                                              : folder;
        }
    }
    return std::string(platform.store);
}

Platform by_traces(const system::Machine& machine) {
    if (is_mount_point("/storage", machine)) {
        if (machine.exists("/notebooks")) {
            return {.id = "gradient",
                    .name = "Paperspace Gradient",
                    .store = "/storage",
                    .because = "'/storage' is mounted and '/notebooks' is there"};
        }
        return {.id = "container",
                .name = "container",
                .store = "/storage",
                .because = "'/storage' is mounted"};
    }
    if (machine.exists("/opt/ml/metadata/resource-metadata.json")) {
        return {.id = "sagemaker-notebook",
                .name = "SageMaker notebook instance",
                .store = "/home/ec2-user/SageMaker",
                .because = "'/opt/ml/metadata/resource-metadata.json' is there"};
    }
    return {.id = "container",
            .name = "container",
            .store = {},
            .because = "no platform that envkeep knows left its marks here"};
}

}  // namespace

Platform recognise_platform(const system::Machine& machine) {
    for (const Known& platform : known_platforms) {
        if (const std::string_view name = set_variable(platform, machine); !name.empty()) {
            return {.id = std::string(platform.id),
                    .name = std::string(platform.name),
                    .store = store_of(platform, machine),
                    .because = fmt::format("{} is set", name)};
        }
    }
    return by_traces(machine);
}

Platform detect_platform(const system::Machine& machine) {
    Platform platform = recognise_platform(machine);
    StartScript script = find_start_script(machine);
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
