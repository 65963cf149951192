// SPDX-License-Identifier: MIT
#include "engine/image_names.hpp"

#include "envkeep/core/text.hpp"

#include <cstdint>
#include <string_view>

namespace envkeep::engine {
namespace {

constexpr std::uint64_t largest_release = std::uint64_t{64} << 10U;

// os-release(5): KEY=value, perhaps in quotes, in which a backslash takes the next character as it
// is.
std::string value_of(std::string_view release, std::string_view key) {
    for (const std::string_view line : split(release, '\n')) {
        const std::string_view text = trimmed(line);
        if (text.size() <= key.size() || !text.starts_with(key) || text[key.size()] != '=') {
            continue;
        }
        std::string_view written = text.substr(key.size() + 1);
        const bool is_quoted = written.size() >= 2 && written.front() == written.back() &&
                               (written.front() == '"' || written.front() == '\'');
        if (is_quoted) {
            written = written.substr(1, written.size() - 2);
        }
        std::string value;
        for (std::size_t i = 0; i < written.size(); ++i) {
            i += written[i] == '\\' && i + 1 < written.size() ? 1U : 0U;
            value += written[i];
        }
        return value;
    }
    return {};
}

}  // namespace

std::vector<std::string> image_names(const system::Machine& machine) {
    if (const auto named = machine.variable("ENVKEEP_IMAGE"); named && !named->empty()) {
        return {*named};
    }
    auto release = machine.read_fact("/etc/os-release", largest_release);
    if (!release) {
        release = machine.read_fact("/usr/lib/os-release", largest_release);
    }
    if (!release) {
        return {};
    }
    std::vector<std::string> names;
    if (const std::string id = value_of(*release, "ID"); !id.empty()) {
        const std::string version = value_of(*release, "VERSION_ID");
        names.push_back(version.empty() ? id : id + "-" + version);
    }
    if (std::string pretty = value_of(*release, "PRETTY_NAME"); !pretty.empty()) {
        names.push_back(std::move(pretty));
    }
    return names;
}

}  // namespace envkeep::engine
