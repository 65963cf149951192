// SPDX-License-Identifier: MIT
#include "posix/extended.hpp"

#include "envkeep/core/text.hpp"
#include "posix/error.hpp"

#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>

namespace envkeep::posix {
namespace {

constexpr std::size_t most_names = std::size_t{64} << 10U;         // XATTR_LIST_MAX
constexpr std::size_t largest_attribute = std::size_t{64} << 10U;  // XATTR_SIZE_MAX

std::optional<std::string> value_of(int descriptor, const std::string& name) {
    std::string value(256, '\0');
    ssize_t size = ::fgetxattr(descriptor, name.c_str(), value.data(), value.size());
    if (size < 0 && errno == ERANGE) {
        value.resize(largest_attribute);
        size = ::fgetxattr(descriptor, name.c_str(), value.data(), value.size());
    }
    if (size < 0) {
        return std::nullopt;
    }
    value.resize(static_cast<std::size_t>(size));
    return value;
}

}  // namespace

bool is_carried(std::string_view name) {
    return name.starts_with("user.") || name == access_list || name == default_list ||
           name == "security.capability";
}

bool has_default_list(int folder) {
    return ::fgetxattr(folder, default_list, nullptr, 0) > 0;
}

std::optional<std::string> extended_names(int descriptor) {
    std::array<char, 256> few{};
    ssize_t length = ::flistxattr(descriptor, few.data(), few.size());
    if (length >= 0) {
        return std::string(few.data(), static_cast<std::size_t>(length));
    }
    if (errno != ERANGE) {
        return std::nullopt;
    }
    std::string names(most_names, '\0');
    length = ::flistxattr(descriptor, names.data(), names.size());
    if (length < 0) {
        return std::nullopt;
    }
    names.resize(static_cast<std::size_t>(length));
    return names;
}

std::optional<std::vector<system::ExtendedAttribute>> read_extended(int descriptor) {
    std::vector<system::ExtendedAttribute> found;
    const auto names = extended_names(descriptor);
    if (!names) {
        return means_unknown_call(errno) ? std::optional(found) : std::nullopt;
    }
    for (const std::string_view each : split(*names, '\0')) {
        if (!is_carried(each)) {
            continue;
        }
        std::string name(each);
        auto value = value_of(descriptor, name);
        if (value) {
            found.push_back({.name = std::move(name), .value = *std::move(value)});
        } else if (errno != ENODATA) {  // gone since it was listed
            return std::nullopt;
        }
    }
    std::ranges::sort(found);
    return found;
}

bool means_no_copy(int code) {
    return code == ENOSPC || code == EDQUOT || code == EIO;
}

}  // namespace envkeep::posix
