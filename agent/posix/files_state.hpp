// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/files.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace envkeep::posix {

// A folder opened for looking.
struct KeptFolder {
    Fd fd;                                // O_PATH
    std::optional<std::uint64_t> device;  // once somebody had to know
};

// A name in an open folder, which belongs to the cache and is good until the next call.
struct Looked {
    KeptFolder* above;
    const char* name;  // of the last component; "." for a root

    [[nodiscard]] int folder() const { return above->fd.get(); }
};

// A name in a folder that was opened for one change.
struct Spot {
    Fd folder;
    std::string name;                       // "." for a root
    std::string shown;                      // the absolute path in quotes, for messages
    std::optional<std::uint32_t> number{};  // for a temporary name beside it; else a random one

    [[nodiscard]] std::string temporary_name() const;
};

// A regular file opened for reading.
struct OpenedFile {
    Fd fd;
    std::uint64_t size = 0;
};

struct TextHash {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the library asks for it

    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
    }
};

struct Root {
    KeptFolder top;
    std::string path;
    std::uint64_t inode = 0;
    // Folders below, by path.
    std::unordered_map<std::string, KeptFolder, TextHash, std::equal_to<>> kept;

    [[nodiscard]] int folder() const { return top.fd.get(); }
};

struct Files::State {
    Fd machine;  // the folder of a captured machine; closed: this one
    std::vector<Root> roots;
    std::mutex roots_mutex;  // of what share_root reads: taken there and when a root is added
    std::size_t kept_count = 0;
    std::optional<std::uint32_t> first_number{};  // of the run at work
    std::uint32_t numbers_taken = 0;

    void forget();

    [[nodiscard]] std::string shown(const system::Place& place) const;

    // The folder of a place from the cache, opened if it is not there.
    [[nodiscard]] Result<Looked> look_up(const system::Place& place);

    // The folder of a place, opened anew: what is kept for looking is dropped.
    [[nodiscard]] Result<Spot> open_spot(const system::Place& place);
    // The same, but refuses a root: it cannot be made, moved or removed through itself.
    [[nodiscard]] Result<Spot> open_spot_below(const system::Place& place);

    // Opens the place itself; never waits for a fifo, never follows a link.
    [[nodiscard]] Result<Fd> open(const system::Place& place, int flags);
    // The same, refusing (unsupported) all but regular files.
    [[nodiscard]] Result<OpenedFile> open_file(const system::Place& place);

    [[nodiscard]] tl::unexpected<Error> cannot(std::string_view verb,
                                               const system::Place& place) const;
};

}  // namespace envkeep::posix
