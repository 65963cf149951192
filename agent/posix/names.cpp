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

// A name's first bytes as a number: nearly all comparisons end with them.
struct SortKey {
    std::uint64_t beginning = 0;
    std::size_t index = 0;
};

std::uint64_t beginning_of(std::string_view name) {
    std::uint64_t beginning = 0;
    for (std::size_t i = 0; i < sizeof beginning; ++i) {
        beginning = beginning << 8U | (i < name.size() ? static_cast<unsigned char>(name[i]) : 0U);
    }
    return beginning;
}

// Thousands of names of a system's folders: each is moved once.
void sort_by_name(std::vector<system::Entry>& entries) {
    std::vector<SortKey> order(entries.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = {.beginning = beginning_of(entries[i].name), .index = i};
    }
    std::sort(order.begin(), order.end(), [&](const SortKey& one, const SortKey& other) {
        return one.beginning != other.beginning
                   ? one.beginning < other.beginning
                   : entries[one.index].name < entries[other.index].name;
    });
    for (std::size_t begin = 0; begin < order.size(); ++begin) {
        if (order[begin].index == begin) {
            continue;
        }
        system::Entry first = std::move(entries[begin]);
        std::size_t at = begin;
        while (order[at].index != begin) {
            const std::size_t next = std::exchange(order[at].index, at);
            entries[at] = std::move(entries[next]);
            at = next;
        }
        order[at].index = at;
        entries[at] = std::move(first);
    }
}

}  // namespace

tl::expected<std::vector<system::Entry>, int> list_names(int folder) {
    std::vector<std::byte> buffer(std::size_t{32} << 10U);
    std::vector<system::Entry> entries;
    while (true) {
        const std::ptrdiff_t filled = read_names(folder, buffer);
        if (filled < 0) {
            return tl::unexpected(errno);
        }
        if (filled == 0) {
            break;
        }
        int failed = 0;
        for_each_name(std::span(buffer).first(static_cast<std::size_t>(filled)),
                      [&](const ListedName& listed) {
                          const auto kind = kind_of(folder, listed);
                          if (!kind) {
                              failed = errno;
                          } else if (*kind != system::Kind::absent) {
                              entries.push_back({.name = listed.name, .kind = *kind});
                          }
                      });
        if (failed != 0) {
            return tl::unexpected(failed);
        }
    }
    sort_by_name(entries);
    return entries;
}

Result<std::vector<system::Entry>> list_folder(int folder, const std::string& shown) {
    return list_names(folder).map_error(
        [&](int code) { return error_of(code, "cannot list " + quoted(shown)); });
}

}  // namespace envkeep::posix
