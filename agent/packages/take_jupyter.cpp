// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"
#include "envkeep/core/text.hpp"
#include "packages/json_scan.hpp"
#include "packages/readers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace envkeep::packages {
namespace {

constexpr std::uint64_t largest_spec = 1U << 20U;
constexpr std::uint64_t largest_extension = std::uint64_t{16} << 20U;

// argv[0]; empty where the text is no kernelspec.
std::string program_in(const std::string& text) {
    const auto json = Json::parse(text);
    const Json* const arguments = json ? json->find("argv") : nullptr;
    const Json::Array* const words = arguments == nullptr ? nullptr : arguments->as_array();
    const std::string* const program =
        words == nullptr || words->empty() ? nullptr : words->front().as_string();
    return program == nullptr ? std::string{} : *program;
}

void take_kernels(Taking& taking, const Spot& data) {
    const auto kernels = taking.spot(data.shown + "/kernels");
    if (!kernels) {
        return;
    }
    for (const std::string& name : taking.folders_in(kernels->real)) {
        const auto folder = taking.spot(kernels->shown + '/' + name);
        Package package{.domain = Domain::kernel, .place = kernels->shown, .name = name};
        const auto text = folder ? taking.read(folder->real + "/kernel.json", largest_spec, package)
                                 : std::nullopt;
        if (!text) {
            continue;
        }
        package.build = program_in(*text);
        if (package.build.empty()) {
            taking.note(NoteKind::damaged, package, "kernel.json");
        } else if (package.build.starts_with('/') && !taking.machine().exists(package.build)) {
            taking.note(NoteKind::broken_kernel, package, package.build);
        }
        package.origin = taking.origin_of(folder->real + "/kernel.json");
        taking.add(std::move(package));
    }
}

void take_extension(Taking& taking, const Spot& extensions, const std::string& name) {
    const auto folder = taking.spot(extensions.shown + '/' + name);
    Package package{.domain = Domain::lab, .place = extensions.shown, .name = name};
    const auto text = folder
                          ? taking.read(folder->real + "/package.json", largest_extension, package)
                          : std::nullopt;
    if (!text) {
        return;
    }
    const auto scanned = scan_members(*text, [&](const std::string& key, std::string_view value) {
        if (key == "version") {
            package.version = string_of(value);
        }
        return true;
    });
    if (!scanned) {
        taking.note(NoteKind::damaged, package, "package.json");
    }
    package.origin = taking.origin_of(folder->real + "/package.json");
    taking.add(std::move(package));
}

void take_extensions(Taking& taking, const Spot& data) {
    const auto extensions = taking.spot(data.shown + "/labextensions");
    if (!extensions) {
        return;
    }
    for (const std::string& name : taking.folders_in(extensions->real)) {
        if (!name.starts_with('@')) {
            take_extension(taking, *extensions, name);
            continue;
        }
        for (const std::string& scoped : taking.folders_in(extensions->child(name).real)) {
            take_extension(taking, *extensions, fmt::format("{}/{}", name, scoped));
        }
    }
}

}  // namespace

std::vector<std::string> jupyter_folders(Taking& taking, const std::vector<Prefix>& prefixes) {
    std::vector<std::string> folders{taking.machine().variable("JUPYTER_DATA_DIR").value_or("")};
    const std::string listed = taking.machine().variable("JUPYTER_PATH").value_or("");
    for (const std::string_view folder : split(listed, ':')) {
        folders.emplace_back(folder);
    }
    folders.push_back(taking.options().home + "/.local/share/jupyter");
    for (const Prefix& prefix : prefixes) {
        folders.push_back(prefix.spot.shown + "/share/jupyter");
    }
    return folders;
}

void take_jupyter(Taking& taking, const std::vector<Prefix>& prefixes) {
    std::vector<std::string> seen;
    for (const std::string& folder : jupyter_folders(taking, prefixes)) {
        const auto data = taking.spot(folder);
        if (data && std::ranges::find(seen, data->real) == seen.end()) {
            seen.push_back(data->real);
            take_kernels(taking, *data);
            take_extensions(taking, *data);
        }
    }
}

}  // namespace envkeep::packages
