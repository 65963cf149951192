// SPDX-License-Identifier: MIT
#include "envkeep/gpu/capture.hpp"

#include "envkeep/core/secrets.hpp"
#include "envkeep/core/text.hpp"
#include "gpu/capture_tar.hpp"
#include "gpu/observations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace envkeep::gpu {
namespace {

std::string_view name_of(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

bool is_plain(std::string_view path) {
    const std::string whole = std::string(path) + '/';
    return path.starts_with('/') && path.size() > 1 && whole.find("//") == std::string::npos &&
           whole.find("/./") == std::string::npos && whole.find("/../") == std::string::npos;
}

std::string_view letter_of(system::Kind kind) {
    switch (kind) {
        case system::Kind::file:
            return "f";
        case system::Kind::folder:
            return "d";
        case system::Kind::link:
            return "l";
        case system::Kind::other:
        case system::Kind::absent:
            break;
    }
    return "o";
}

std::string environ_of(std::string_view bytes) {
    std::string out;
    for (const auto& [name, value] : variables_in(bytes)) {
        if (matters(name)) {
            out += name + '=' + masked(value) + '\0';
        }
    }
    return out;
}

// What comes behind "--token" is masked too.
std::vector<std::string> masked_words(const std::vector<std::string_view>& words) {
    std::vector<std::string> out;
    bool is_secret = false;
    for (const std::string_view word : words) {
        out.push_back(is_secret ? "***" : masked(word));
        is_secret = word.starts_with('-') && word.find('=') == std::string_view::npos &&
                    is_secret_name(word);
    }
    return out;
}

// Of notebooks alone.
std::optional<std::string> command_of(std::string_view bytes) {
    if (role_of(bytes) == Role::none) {
        return std::nullopt;
    }
    std::string out;
    for (const std::string& word : masked_words(split(bytes, '\0'))) {
        out += word + '\0';
    }
    out.pop_back();
    return out;
}

std::optional<Json> arguments_of(const Json& kernel) {
    const Json* const arguments = kernel.find("argv");
    if (arguments == nullptr || arguments->as_array() == nullptr) {
        return std::nullopt;
    }
    std::vector<std::string_view> words;
    for (const Json& argument : *arguments->as_array()) {
        const std::string* const word = argument.as_string();
        words.push_back(word != nullptr ? std::string_view(*word) : std::string_view());
    }
    Json list = Json::array();
    for (std::string& word : masked_words(words)) {
        list.add(std::move(word));
    }
    return list;
}

Json variables_of(const Json& kernel) {
    Json variables = Json::object();
    const Json* const given = kernel.find("env");
    if (given == nullptr || given->as_object() == nullptr) {
        return variables;
    }
    for (const auto& [name, value] : *given->as_object()) {
        const std::string* const word = value.as_string();
        if (word != nullptr && matters(name)) {
            variables.set(name, masked(*word));
        }
    }
    return variables;
}

// What Jupyter starts a kernel by.
std::string kernel_of(std::string_view text) {
    const Result<Json> json = Json::parse(text);
    if (!json || json->as_object() == nullptr) {
        return "{";  // as unreadable as it was
    }
    Json out = Json::object();
    for (const std::string_view name : {"display_name", "language"}) {
        if (json->find(name) != nullptr) {
            out.set(std::string(name), masked(json->text_or(name, "")));
        }
    }
    if (auto arguments = arguments_of(*json)) {
        out.set("argv", *std::move(arguments));
    }
    return out.set("env", variables_of(*json)).compact();
}

// One line for each: the checks count them, and look for these libraries.
std::string mappings_of(std::string_view text) {
    std::string out;
    for (const std::string_view line : split(text, '\n')) {
        const bool is_wanted = line.find("/torch/lib/") != std::string_view::npos ||
                               line.find("/jaxlib/") != std::string_view::npos;
        out += is_wanted ? line.substr(line.find('/')) : std::string_view();
        out += '\n';
    }
    out.pop_back();
    return out;
}

// Without the digests, which are most of it.
std::string record_of(std::string_view text) {
    std::string out;
    for (const std::string_view line : split(text, '\n')) {
        const std::size_t digest = line.find(",sha256=");
        const std::size_t end =
            digest == std::string_view::npos ? digest : line.find(',', digest + 1);
        out += end == std::string_view::npos ? line : line.substr(0, digest + 1);
        out += end == std::string_view::npos ? std::string_view() : line.substr(end);
        out += '\n';
    }
    out.pop_back();
    return out;
}

// What starts it: the first line, and distlib's way around the length of that.
std::string_view start_of_script(std::string_view text) {
    const std::size_t line = std::min(text.find('\n'), text.size());
    const bool is_long = text.substr(line).starts_with("\n'''exec' ");
    return text.substr(0, is_long ? text.find('\n', line + 1) : line);
}

// ELF, and ld.so.cache in both forms: what offsets point into. A text may hold zeros too, as what
// was written when a machine went down.
bool is_for_loader(std::string_view bytes) {
    constexpr std::array<std::string_view, 3> beginnings{
        "\177ELF", "ld.so-1.7.0", "glibc-ld.so.cache"};
    return std::ranges::any_of(
        beginnings, [&](std::string_view beginning) { return bytes.starts_with(beginning); });
}

// What is captured of a file; none: nothing.
std::optional<std::string> content_of(std::string_view path, std::string_view bytes) {
    const std::string_view name = name_of(path);
    const bool is_process = path.starts_with("/proc/");
    if (is_process && name == "environ") {
        return environ_of(bytes);
    }
    if (is_process && name == "cmdline") {
        return command_of(bytes);
    }
    if (bytes.find("PRIVATE KEY-----") != std::string_view::npos) {
        return std::nullopt;
    }
    if (is_for_loader(bytes)) {
        return std::string(bytes);
    }
    if (is_process && name == "maps") {
        return mappings_of(bytes);
    }
    if (is_shell_file(path)) {
        return masked(exports_of(bytes));
    }
    if (bytes.starts_with("#!")) {
        return masked(start_of_script(bytes));
    }
    // Whatever else lies beside them was looked at in vain.
    if (path.substr(0, path.rfind('/')).ends_with("/bin") && name != "pyvenv.cfg") {
        return std::nullopt;
    }
    if (name == "kernel.json") {
        return kernel_of(bytes);
    }
    if (name == "RECORD") {
        return record_of(bytes);
    }
    if (name == "METADATA" || name == "PKG-INFO") {  // a description follows the headers
        return masked(bytes.substr(0, bytes.find("\n\n")));
    }
    return masked(bytes);
}

void add_files(const system::Recording& recording, CaptureTar& tar) {
    for (const auto& [path, parts] : recording.parts) {
        if (!is_plain(path) || path == "/envkeep-capture.json") {
            continue;
        }
        const auto size = recording.sizes.find(path);
        const std::string& first = parts.begin()->second;
        const bool is_whole = size == recording.sizes.end() || first.size() >= size->second;
        if (parts.size() > 1 || parts.begin()->first != 0 || (is_for_loader(first) && !is_whole)) {
            tar.add_parts(path, size == recording.sizes.end() ? 0 : size->second, parts);
        } else if (const auto content = content_of(path, first)) {
            tar.add(path, *content);
        }
    }
}

// Whether somebody asked for it, by whatever question.
bool is_asked_for(const std::string& path, const system::Recording& recording) {
    return recording.nodes.contains(path) || recording.real_paths.contains(path) ||
           recording.links.contains(path) || recording.parts.contains(path);
}

// By its path below a folder of somebody's own: where programs, packages and kernels lie.
bool is_of_python(std::string_view below) {
    constexpr std::array<std::string_view, 3> last{"/bin", "/conda-meta", "/jupyter/kernels"};
    return below.find("/lib/python3") != std::string_view::npos ||
           std::ranges::any_of(last, [&](std::string_view end) { return below.ends_with(end); });
}

// The name of a document: no Python looks for it.
bool is_private(const std::string& folder,
                std::string_view name,
                const std::vector<std::string>& private_folders) {
    constexpr std::array<std::string_view, 6> endings{".py", ".pth", ".pyc", ".so", ".zip", ".cfg"};
    const auto is_ending = [&](std::string_view ending) { return name.ends_with(ending); };
    if (std::ranges::any_of(endings, is_ending) || name.find(".so.") != std::string_view::npos) {
        return false;
    }
    bool is_within = false;
    bool is_pythons = false;
    for (const std::string& one : private_folders) {
        if (one.size() > 1 && is_path_within(folder, one)) {
            is_within = true;
            is_pythons = is_pythons || is_of_python(std::string_view(folder).substr(one.size()));
        }
    }
    return is_within && !is_pythons;
}

Json nodes_json(const system::Recording& recording) {
    constexpr std::uint32_t any_may_run = 0111;
    Json nodes = Json::object();
    for (const auto& [path, node] : recording.nodes) {
        const auto access = recording.access_errors.find(path);
        const bool is_unasked = access == recording.access_errors.end();
        // Tens of thousands, of which only the size counts.
        if (node.kind == system::Kind::file && (node.mode & any_may_run) == 0 && is_unasked) {
            nodes.set(json_bytes(path), node.size);
            continue;
        }
        Json json;
        if (!node.is_device) {
            json.set("kind", letter_of(node.kind));
        }
        json.set("mode", static_cast<std::int64_t>(node.mode));
        if (node.is_device) {
            json.set("major", static_cast<std::int64_t>(node.major))
                .set("minor", static_cast<std::int64_t>(node.minor));
        } else if (node.kind == system::Kind::file) {
            json.set("size", node.size);
        }
        if (node.uid != 0 || node.gid != 0) {
            json.set("uid", static_cast<std::int64_t>(node.uid))
                .set("gid", static_cast<std::int64_t>(node.gid));
        }
        if (!is_unasked) {
            json.set("access", access->second);
        }
        nodes.set(json_bytes(path), std::move(json));
    }
    return nodes;
}

Json folders_json(const system::Recording& recording, const Surroundings& surroundings) {
    std::vector<std::string> private_folders{surroundings.home};
    for (const auto& [link, target] : recording.links) {
        if (link.starts_with("/proc/") && link.ends_with("/cwd")) {
            private_folders.push_back(target);
        }
    }
    Json folders = Json::object();
    for (const auto& [path, entries] : recording.folders) {
        Json json = Json::object();
        for (const system::Entry& entry : entries) {
            if (entry.kind != system::Kind::file ||
                !is_private(path, entry.name, private_folders) ||
                is_asked_for(path + '/' + entry.name, recording)) {
                json.set(json_bytes(entry.name), letter_of(entry.kind));
            }
        }
        folders.set(json_bytes(path), std::move(json));
    }
    return folders;
}

// Of what processes have open only devices.
bool is_of_others(std::string_view link, std::string_view target) {
    return link.starts_with("/proc/") && link.find("/fd/") != std::string_view::npos &&
           !target.starts_with("/dev/");
}

Json paths_json(const std::map<std::string, std::string>& paths) {
    Json json = Json::object();
    for (const auto& [path, target] : paths) {
        if (!is_of_others(path, target)) {
            json.set(json_bytes(path), json_bytes(target));
        }
    }
    return json;
}

Json spaces_json(const system::Recording& recording) {
    Json spaces = Json::object();
    for (const auto& [path, space] : recording.spaces) {
        spaces.set(json_bytes(path),
                   Json()
                       .set("total", space.total)
                       .set("free", space.free)
                       .set("free_inodes", space.free_inodes));
    }
    return spaces;
}

// As /proc/self/mountinfo has them; where from is nobody's business.
std::string mounts_text(const std::vector<system::Mount>& mounts) {
    std::string out;
    for (const system::Mount& mount : mounts) {
        std::string point;
        for (const char c : mount.point) {
            const bool is_plain = c != ' ' && c != '\t' && c != '\n' && c != '\\';
            point += is_plain ? std::string(1, c)
                              : fmt::format("\\{:03o}", static_cast<unsigned char>(c));
        }
        out += fmt::format("1 1 0:1 / {} {}{} - {} none rw\n",
                           point,
                           mount.is_read_only ? "ro" : "rw",
                           mount.is_no_exec ? ",noexec" : "",
                           mount.type);
    }
    return out;
}

}  // namespace

std::string capture_of(const system::Recording& recording, const Surroundings& surroundings) {
    Json record;
    record.set("home", json_bytes(surroundings.home))
        .set("store", json_bytes(surroundings.store))
        .set("uid", static_cast<std::int64_t>(surroundings.uid))
        .set("nodes", nodes_json(recording))
        .set("folders", folders_json(recording, surroundings))
        .set("links", paths_json(recording.links))
        .set("real_paths", paths_json(recording.real_paths))
        .set("spaces", spaces_json(recording));
    CaptureTar tar;
    tar.add("/envkeep-capture.json", record.pretty() + '\n');
    tar.add("/proc/self/mountinfo", mounts_text(surroundings.mounts));
    add_files(recording, tar);
    return std::move(tar).finish();
}

void take_recorded(const Json& record, Surroundings& surroundings) {
    const auto take = [&](std::string_view name, std::string& path) {
        std::string told = bytes_of_json(record.text_or(name, ""));
        if (told.starts_with('/')) {
            path = std::move(told);
        }
    };
    take("home", surroundings.home);
    take("store", surroundings.store);
    surroundings.uid = static_cast<std::uint32_t>(record.number_or("uid", surroundings.uid));
}

}  // namespace envkeep::gpu
