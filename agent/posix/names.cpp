// SPDX-License-Identifier: MIT
#include "posix/names.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/system/temporary_name.hpp"
#include "posix/error.hpp"
#include "posix/status_at.hpp"

#include <dirent.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace envkeep::posix {

std::optional<system::Kind> kind_of(int folder, const ListedName& listed) {
    switch (listed.type) {
        case DT_REG:
            return system::Kind::file;
        case DT_DIR:
            return system::Kind::folder;
        case DT_LNK:
            return system::Kind::link;
        case DT_UNKNOWN: {
            const auto found = status_at(folder, listed.name);
            if (found) {
                return found->status.kind;
            }
            return errno == ENOENT ? std::optional(system::Kind::absent) : std::nullopt;
        }
        default:
            return system::Kind::other;
    }
}

std::string temporary_name(std::string_view name) {
    return system::temporary_name(name, static_cast<std::uint32_t>(random_bits()));
}

std::uint64_t random_bits() {
    std::uint64_t bits = 0;
    // Up to 256 bytes come whole once the kernel's pool is ready, which it is since the boot.
    while (::getrandom(&bits, sizeof bits, 0) < 0 && errno == EINTR) {
    }
    return bits;
}

std::ptrdiff_t read_names(int folder, std::span<std::byte> buffer) {
    return ::getdents64(folder, buffer.data(), buffer.size());
}

void for_each_name(std::span<const std::byte> filled,
                   const std::function<void(const ListedName&)>& call) {
    constexpr std::size_t length_at = offsetof(struct ::dirent64, d_reclen);
    constexpr std::size_t type_at = offsetof(struct ::dirent64, d_type);
    constexpr std::size_t name_at = offsetof(struct ::dirent64, d_name);
    while (!filled.empty()) {
        unsigned short length = 0;
        std::memcpy(&length, &filled[length_at], sizeof length);
        const char* const name = reinterpret_cast<const char*>(&filled[name_at]);
        if (std::strcmp(name, ".") != 0 && std::strcmp(name, "..") != 0) {
            call({.name = name, .type = static_cast<unsigned char>(filled[type_at])});
        }
        filled = filled.subspan(length);
    }
}

namespace {

struct Listed {
    std::uint64_t beginning =
        0;  // the first bytes as a number: nearly all comparisons end with them
    const char* name = nullptr;
    system::Kind kind = system::Kind::absent;
};

std::uint64_t beginning_of(const char* name) {
    std::uint64_t beginning = 0;
    for (std::size_t i = 0; i < sizeof beginning; ++i) {
        beginning = beginning << 8U | static_cast<unsigned char>(*name);
        name += *name != '\0' ? 1 : 0;
    }
    return beginning;
}

bool is_before(const Listed& one, const Listed& other) {
    return one.beginning != other.beginning ? one.beginning < other.beginning
                                            : std::strcmp(one.name, other.name) < 0;
}

// All that the kernel lists, as read_names fills it; or the errno.
tl::expected<std::vector<std::byte>, int> read_all_names(int folder) {
    constexpr std::size_t part = std::size_t{32} << 10U;
    std::vector<std::byte> buffer(part);
    std::size_t filled = 0;
    while (true) {
        const std::ptrdiff_t more = read_names(folder, std::span(buffer).subspan(filled));
        if (more < 0) {
            return tl::unexpected(errno);
        }
        filled += static_cast<std::size_t>(more);
        if (more == 0) {
            buffer.resize(filled);
            return buffer;
        }
        if (buffer.size() - filled < part / 2) {
            buffer.resize(buffer.size() * 2);
        }
    }
}

}  // namespace

// Thousands of names of a system's folders: each is copied once, when its place is known.
tl::expected<std::vector<system::Entry>, int> list_names(int folder) {
    const auto names = read_all_names(folder);
    if (!names) {
        return tl::unexpected(names.error());
    }
    std::vector<Listed> all;
    int failed = 0;
    for_each_name(*names, [&](const ListedName& listed) {
        const auto kind = kind_of(folder, listed);
        if (!kind) {
            failed = errno;
        } else if (*kind != system::Kind::absent) {
            all.push_back(
                {.beginning = beginning_of(listed.name), .name = listed.name, .kind = *kind});
        }
    });
    if (failed != 0) {
        return tl::unexpected(failed);
    }
    std::ranges::sort(all, is_before);
    std::vector<system::Entry> entries;
    entries.reserve(all.size());
    for (const Listed& one : all) {
        entries.push_back({.name = one.name, .kind = one.kind});
    }
    return entries;
}

Result<std::vector<system::Entry>> list_folder(int folder, const std::string& shown) {
    return list_names(folder).map_error(
        [&](int code) { return error_of(code, "cannot list " + quoted(shown)); });
}

}  // namespace envkeep::posix
