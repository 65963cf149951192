// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "fuzz/given.hpp"

#include <algorithm>
#include <cerrno>

namespace envkeep::given {
namespace {

constexpr WallTime some_day{std::chrono::hours{24 * 365 * 56}};

tl::unexpected<Error> none(const std::string& path) {
    return failure(ErrorKind::not_found, "there is no " + quoted(path));
}

// One name at a time, `..` taken back.
std::string walked(std::string_view path) {
    std::vector<std::string_view> parts;
    for (const std::string_view part : split(path, '/')) {
        if (part == "..") {
            if (!parts.empty()) {
                parts.pop_back();
            }
        } else if (!part.empty() && part != ".") {
            parts.push_back(part);
        }
    }
    std::string text;
    for (const std::string_view part : parts) {
        text.append("/").append(part);
    }
    return text.empty() ? "/" : text;
}

}  // namespace

system::Container Machine::here() {
    return {.boot_id = "b", .pid_namespace = 2, .first_start = 3};
}

std::optional<std::string> Machine::variable(std::string_view /*name*/) const {
    return std::nullopt;
}

std::uint32_t Machine::effective_uid() const {
    return 0;
}

std::optional<std::string> Machine::passwd_home(std::uint32_t /*uid*/) const {
    return "/root";
}

std::string Machine::host_name() const {
    return "n1";
}

unsigned Machine::cores() const {
    return 1;
}

Result<system::Container> Machine::container() const {
    return here();
}

Result<WallTime> Machine::container_start() const {
    return some_day;
}

system::ProcessId Machine::self() const {
    return {.pid = 7, .started = 9};
}

bool Machine::is_alive(const system::ProcessId& process) const {
    return process == self();
}

Result<std::vector<system::Mount>> Machine::mounts() const {
    return std::vector<system::Mount>{};
}

Result<std::string> Machine::read_fact(const std::string& absolute, std::uint64_t /*limit*/) const {
    return none(absolute);
}

bool Machine::exists(const std::string& /*absolute*/) const {
    return false;
}

std::vector<std::string> Machine::names_in(const std::string& /*absolute*/) const {
    return {};
}

Result<std::string> Machine::real_path(const std::string& absolute) const {
    return absolute;
}

WallTime Machine::now() const {
    return some_day;
}

SteadyTime Machine::steady_now() const {
    return {};
}

std::string Machine::random_id() const {
    return "0123456789abcdef";
}

Inspector::Inspector(std::string_view text) {
    std::string* open = nullptr;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        const std::string_view line = trimmed(text.substr(0, end));
        // No name on a machine has a NUL.
        const bool is_name =
            line.size() > 2 && line[1] == '/' && line.find('\0') == std::string_view::npos;
        const char kind = is_name ? line[0] : ' ';
        if (kind == '=') {
            open = &contents[walked(line.substr(1))];
            open->clear();
        } else if (kind == '@' && line.find(' ') != std::string_view::npos) {
            const std::size_t space = line.find(' ');
            links_[walked(line.substr(1, space - 1))] = trimmed(line.substr(space));
        } else if (kind == '!') {
            devices_[walked(line.substr(1))] = true;
        } else if (open != nullptr) {
            open->append(text.substr(0, end));
        }
        text.remove_prefix(end);
    }
}

Inspector::Inspector(std::string path, std::string content) {
    contents.emplace(std::move(path), std::move(content));
}

std::string Inspector::led_to(const std::string& path) const {
    constexpr int most_links = 40;
    std::string at = walked(path);
    for (int links = 0; links < most_links; ++links) {
        bool is_through = true;
        for (std::size_t end = at.find('/', 1); is_through; end = at.find('/', end + 1)) {
            const auto link = links_.find(at.substr(0, end));
            if (link != links_.end()) {
                const std::string rest = end == std::string::npos ? "" : at.substr(end);
                const std::string folder = link->first.substr(0, link->first.rfind('/') + 1);
                at = walked((link->second.starts_with('/') ? "" : folder) + link->second + rest);
                is_through = false;
            }
            if (end == std::string::npos) {
                break;
            }
        }
        if (is_through) {
            return at;
        }
    }
    return {};
}

const std::string* Inspector::content(const std::string& path) const {
    const auto file = contents.find(led_to(path));
    return file == contents.end() ? nullptr : &file->second;
}

Result<system::Node> Inspector::node(const std::string& path) const {
    const std::string at = led_to(path);
    system::Node node{.mode = 0755, .modified = some_day};
    if (const std::string* const bytes = content(path)) {
        node.kind = system::Kind::file;
        node.size = bytes->size();
    } else if (devices_.contains(at)) {
        node.kind = system::Kind::other;
        node.is_device = true;
        node.major = 195;
    } else if (at == "/" || !list(at).empty()) {
        node.kind = system::Kind::folder;
    } else {
        return system::Node{};
    }
    return node;
}

int Inspector::access_error(const std::string& path) const {
    return node(path)->kind == system::Kind::absent ? ENOENT : 0;
}

Result<std::string> Inspector::read(const std::string& path, std::uint64_t limit) const {
    const std::string* const bytes = content(path);
    if (bytes == nullptr) {
        return none(path);
    }
    if (bytes->size() > limit) {
        return failure(ErrorKind::unsupported, quoted(path) + " is too large");
    }
    return *bytes;
}

Result<std::string> Inspector::read_at(const std::string& path,
                                       std::uint64_t offset,
                                       std::uint64_t count) const {
    // What a damaged file asks for must be bounded by whoever reads it.
    constexpr std::uint64_t most = std::uint64_t{256} << 20U;
    require(count <= most);
    const std::string* const bytes = content(path);
    if (bytes == nullptr) {
        return none(path);
    }
    return offset < bytes->size() ? bytes->substr(offset, count) : std::string();
}

std::vector<system::Entry> Inspector::list(const std::string& path) const {
    const std::string at = led_to(path);
    const std::string folder = at.ends_with('/') ? at : at + '/';
    std::map<std::string, system::Kind> names;
    const auto add = [&](const auto& paths, system::Kind kind) {
        for (auto next = paths.lower_bound(folder);
             next != paths.end() && next->first.starts_with(folder);
             ++next) {
            const std::string_view below = std::string_view(next->first).substr(folder.size());
            const std::string name(below.substr(0, below.find('/')));
            names[name] = name.size() == below.size() ? kind : system::Kind::folder;
        }
    };
    add(contents, system::Kind::file);
    add(devices_, system::Kind::other);
    add(links_, system::Kind::link);
    std::vector<system::Entry> entries;
    for (const auto& [name, kind] : names) {
        if (!name.empty()) {
            entries.push_back({.name = name, .kind = kind});
        }
    }
    return entries;
}

Result<std::string> Inspector::link_target(const std::string& path) const {
    const auto link = links_.find(walked(path));
    if (link == links_.end()) {
        return none(path);
    }
    return link->second;
}

Result<std::string> Inspector::real_path(const std::string& path) const {
    if (node(path)->kind == system::Kind::absent) {
        return none(path);
    }
    return led_to(path);
}

Result<system::Space> Inspector::space(const std::string& path) const {
    if (node(path)->kind == system::Kind::absent) {
        return none(path);
    }
    return system::Space{.total = 1U << 30U, .free = 1U << 29U};
}

}  // namespace envkeep::given
