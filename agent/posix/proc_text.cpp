// SPDX-License-Identifier: MIT
#include "posix/proc_text.hpp"

#include "envkeep/core/text.hpp"

#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>

namespace envkeep::posix {
namespace {

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && rest == end ? std::optional(number) : std::nullopt;
}

bool is_octal_digit(char c) {
    return c >= '0' && c <= '7';
}

// Space, tab, line feed and backslash come as \040 and the like.
std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '\\' && i + 3 < text.size() &&
                               is_octal_digit(text[i + 1]) && is_octal_digit(text[i + 2]) &&
                               is_octal_digit(text[i + 3]);
        if (is_escape) {
            out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                     (text[i + 3] - '0'));
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

bool has_option(std::string_view options, std::string_view wanted) {
    const auto all = split(options, ',');
    return std::find(all.begin(), all.end(), wanted) != all.end();
}

// 36 35 98:0 /below /point rw,noatime master:1 - ext3 /dev/root rw,errors=continue
std::optional<system::Mount> parse_mount(std::string_view line) {
    const auto fields = split(line, ' ');
    const auto separator = std::find(fields.begin(), fields.end(), "-");
    if (separator - fields.begin() < 6 || fields.end() - separator < 4) {
        return std::nullopt;
    }
    const auto device = split(fields[2], ':');
    const auto major = number_of<unsigned>(device.front());
    const auto minor = number_of<unsigned>(device.back());
    if (!major || !minor || device.size() != 2) {
        return std::nullopt;
    }
    return system::Mount{
        .point = unescaped(fields[4]),
        .type = unescaped(separator[1]),
        .source = unescaped(separator[2]),
        .device = ::makedev(*major, *minor),
        .is_read_only = has_option(fields[5], "ro") || has_option(separator[3], "ro"),
        .is_no_exec = has_option(fields[5], "noexec"),
    };
}

}  // namespace

std::optional<ProcessState> parse_process_state(std::string_view stat_line) {
    const std::size_t bracket = stat_line.rfind(')');
    if (bracket == std::string_view::npos) {
        return std::nullopt;
    }
    // proc(5) counts from 1: the name is field 2, the state 3, the start time 22.
    const auto fields = split(trimmed(stat_line.substr(bracket + 1)), ' ');
    constexpr std::size_t start_time = 22 - 3;
    if (fields.size() <= start_time || fields[0].size() != 1) {
        return std::nullopt;
    }
    const auto started = number_of<std::uint64_t>(fields[start_time]);
    if (!started) {
        return std::nullopt;
    }
    return ProcessState{.state = fields[0][0],
                        .started = *started,
                        .parent = number_of<std::int32_t>(fields[1]).value_or(0)};
}

std::vector<system::Mount> parse_mounts(std::string_view mountinfo) {
    std::vector<system::Mount> mounts;
    for (const std::string_view line : split(mountinfo, '\n')) {
        if (auto mount = parse_mount(line)) {
            mounts.push_back(*std::move(mount));
        }
    }
    return mounts;
}

std::optional<std::string> parse_home(std::string_view passwd, std::uint32_t uid) {
    for (const std::string_view line : split(passwd, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() == 7 && number_of<std::uint32_t>(fields[2]) == uid) {
            return fields[5].starts_with('/') ? std::optional(std::string(fields[5]))
                                              : std::nullopt;
        }
    }
    return std::nullopt;
}

std::optional<std::int64_t> parse_boot_time(std::string_view stat) {
    for (const std::string_view line : split(stat, '\n')) {
        if (line.starts_with("btime ")) {
            return number_of<std::int64_t>(trimmed(line.substr(6)));
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> parse_name_space(std::string_view link) {
    if (!link.starts_with("pid:[") || !link.ends_with(']')) {
        return std::nullopt;
    }
    return number_of<std::uint64_t>(link.substr(5, link.size() - 6));
}

}  // namespace envkeep::posix
