// SPDX-License-Identifier: MIT
#include "envkeep/gpu/version.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace envkeep::gpu {

std::optional<Version> Version::parse(std::string_view text) {
    Version version;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (true) {
        unsigned number = 0;
        const auto [next, error] = std::from_chars(at, end, number);
        if (error != std::errc{}) {
            break;
        }
        version.numbers_.push_back(number);
        version.text_.assign(text.data(), next);
        at = next;
        if (at == end || *at != '.') {
            break;
        }
        ++at;
    }
    return version.is_known() ? std::optional(std::move(version)) : std::nullopt;
}

Version Version::release() const {
    return parse(fmt::format("{}.{}", major(), minor())).value_or(Version());
}

std::strong_ordering operator<=>(const Version& one, const Version& other) {
    const std::size_t parts = std::max(one.numbers_.size(), other.numbers_.size());
    for (std::size_t i = 0; i < parts; ++i) {
        if (const auto order = one.part(i) <=> other.part(i); order != 0) {
            return order;
        }
    }
    return std::strong_ordering::equal;
}

std::optional<VersionRange> VersionRange::parse(std::string_view text) {
    const std::vector<std::string_view> ends = split(text, '-');
    if (ends.empty() || ends.size() > 2) {
        return std::nullopt;
    }
    const std::optional<Version> first = Version::parse(trimmed(ends.front()));
    const std::optional<Version> last = Version::parse(trimmed(ends.back()));
    return first && last ? std::optional(VersionRange{.first = *first, .last = *last})
                         : std::nullopt;
}

bool VersionRange::holds(const Version& version) const {
    const auto is_within = [](const std::string& text, const Version& end) {
        return text.starts_with(end.text()) &&
               (text.size() == end.text().size() || text[end.text().size()] == '.');
    };
    return version >= first && (version <= last || is_within(version.text(), last));
}

std::optional<Capability> Capability::parse(std::string_view text) {
    const std::optional<Version> version = Version::parse(text);
    return version ? std::optional(Capability{.major = version->major(), .minor = version->minor()})
                   : std::nullopt;
}

std::string Capability::text() const {
    return fmt::format("{}.{}", major, minor);
}

}  // namespace envkeep::gpu
