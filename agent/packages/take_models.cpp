// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "packages/readers.hpp"

#include <array>
#include <utility>

namespace envkeep::packages {
namespace {

constexpr std::size_t most_files = 500;  // of one model: more are not summed up

std::uint64_t size_of_files(Taking& taking, const std::string& folder) {
    std::uint64_t size = 0;
    std::size_t count = 0;
    for (const system::Entry& entry : taking.list(folder)) {
        if (entry.kind == system::Kind::file && ++count <= most_files) {
            size += taking.status(folder + '/' + entry.name).size;
        }
    }
    return size;
}

// "models--org--name" is "org/name".
std::string repository_of(std::string_view folder) {
    std::string name(folder);
    for (std::size_t at = name.find("--"); at != std::string::npos; at = name.find("--", at + 1)) {
        name.replace(at, 2, "/");
    }
    return name;
}

void take_hub(Taking& taking, const Spot& hub) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kinds{
        {{"models--", "model"}, {"datasets--", "dataset"}, {"spaces--", "space"}}};
    for (const std::string& folder : taking.folders_in(hub.real)) {
        for (const auto& [prefix, word] : kinds) {
            if (!folder.starts_with(prefix)) {
                continue;
            }
            const std::string path = hub.real + '/' + folder;
            Package package{.domain = Domain::model, .place = hub.shown};
            package.name = repository_of(std::string_view(folder).substr(prefix.size()));
            package.build = word;
            package.commit = trimmed(taking.head(path + "/refs/main", 256));
            package.size = size_of_files(taking, path + "/blobs");
            taking.add(std::move(package));
        }
    }
}

void take_torch(Taking& taking, const Spot& hub) {
    const Spot checkpoints = hub.child("checkpoints");
    for (const system::Entry& entry : taking.list(checkpoints.real)) {
        if (entry.kind == system::Kind::file) {
            Package package{
                .domain = Domain::model, .place = checkpoints.shown, .name = entry.name};
            package.build = "checkpoint";
            package.size = taking.status(checkpoints.real + '/' + entry.name).size;
            taking.add(std::move(package));
        }
    }
    for (const std::string& name : taking.folders_in(hub.real)) {
        if (name != "checkpoints") {
            Package package{.domain = Domain::model, .place = hub.shown, .name = name};
            package.build = "code";
            taking.add(std::move(package));
        }
    }
}

std::string variable_or(Taking& taking, std::string_view name, const std::string& otherwise) {
    const std::string value = taking.machine().variable(name).value_or("");
    return value.starts_with('/') ? value : otherwise;
}

}  // namespace

void take_models(Taking& taking) {
    const std::string caches =
        variable_or(taking, "XDG_CACHE_HOME", taking.options().home + "/.cache");
    const std::string hugging_face = variable_or(taking, "HF_HOME", caches + "/huggingface");
    if (const auto hub = taking.spot(variable_or(taking, "HF_HUB_CACHE", hugging_face + "/hub"))) {
        take_hub(taking, *hub);
    }
    if (const auto hub =
            taking.spot(variable_or(taking, "TORCH_HOME", caches + "/torch") + "/hub")) {
        take_torch(taking, *hub);
    }
}

}  // namespace envkeep::packages
