// SPDX-License-Identifier: MIT
#include "posix/error.hpp"
#include "posix/read_all.hpp"
#include "posix/rename.hpp"
#include "posix/status_at.hpp"
#include "posix/sync.hpp"
#include "posix/temporary.hpp"
#include "posix/tree_writer.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace envkeep::posix {
namespace {

constexpr std::uint64_t hole_block = 4096;  // what file systems leave out where it is all zeros

int write_all_at(int file, std::uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written =
            ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno != EINTR) {
            return errno;
        }
        const std::size_t done = written > 0 ? static_cast<std::size_t>(written) : 0;
        bytes = bytes.subspan(done);
        offset += done;
    }
    return 0;
}

bool is_all_zero(std::span<const std::byte> bytes) {
    return bytes.front() == std::byte{0} &&
           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

// How many bytes from the front are alike: up to the first block of the file's own raster that is
// all zeros, or the first that is not.
std::size_t length_of_run(std::uint64_t offset, std::span<const std::byte> bytes, bool is_hole) {
    std::size_t length = 0;
    while (length < bytes.size()) {
        const std::uint64_t to_raster = hole_block - (offset + length) % hole_block;
        const std::size_t next = std::min<std::size_t>(bytes.size() - length, to_raster);
        if (is_all_zero(bytes.subspan(length, next)) != is_hole) {
            break;
        }
        length += next;
    }
    return length;
}

class FileBuilder final : public system::FileBuilder {
  public:
    static Result<std::unique_ptr<system::FileBuilder>> begin(
        Spot spot, bool is_sparse, const system::FolderWriter::Replaced& replaced) {
        auto kept = std::make_unique<Spot>(std::move(spot));
        ENVKEEP_TRY(Temporary made, Temporary::file(*kept));
        return std::unique_ptr<system::FileBuilder>(
            new FileBuilder(std::move(kept), std::move(made), is_sparse, replaced));
    }

    Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
        bool is_hole = false;
        while (!bytes.empty()) {
            const std::size_t length =
                is_sparse_ ? length_of_run(offset, bytes, is_hole) : bytes.size();
            const int code = is_hole ? 0 : write_all_at(made_.fd(), offset, bytes.first(length));
            if (code != 0) {
                return tl::unexpected(error_of(code, "cannot write " + spot_->shown));
            }
            offset += length;
            bytes = bytes.subspan(length);
            is_hole = !is_hole;
        }
        return {};
    }

    Result<void> finish(std::uint64_t size, const system::Attributes& attributes) override {
        const bool is_sized = ::ftruncate(made_.fd(), static_cast<off_t>(size)) == 0;
        const auto found = is_sized ? status_of(made_.fd()) : std::nullopt;
        if (!found) {
            return last_error("cannot write " + spot_->shown);
        }
        Born born{.mode = found->status.mode, .uid = found->status.uid, .gid = found->status.gid};
        // Its folder may have given it an access list.
        if (drop_other_extended(Held(made_.fd()), attributes)) {
            born.mode = S_IFMT;  // none that there is
        }
        if (const int code = give_attributes(Held(made_.fd()), born, attributes); code != 0) {
            return tl::unexpected(error_of(code, "cannot write " + spot_->shown));
        }
        return made_.publish_in_place_of(replaced_);
    }

  private:
    FileBuilder(std::unique_ptr<Spot> spot,
                Temporary made,
                bool is_sparse,
                const system::FolderWriter::Replaced& replaced)
        : spot_(std::move(spot)),
          made_(std::move(made)),
          is_sparse_(is_sparse),
          replaced_(replaced) {}

    std::unique_ptr<Spot> spot_;  // first: what is made refers to it to the end
    Temporary made_;
    bool is_sparse_;
    system::FolderWriter::Replaced replaced_;
};

class StoreFile final : public system::NewFile {
  public:
    static Result<std::unique_ptr<system::NewFile>> create(Spot spot) {
        auto kept = std::make_unique<Spot>(std::move(spot));
        ENVKEEP_TRY(Temporary made, Temporary::file(*kept));
        return std::unique_ptr<system::NewFile>(new StoreFile(std::move(kept), std::move(made)));
    }

    Result<void> append(std::span<const std::byte> bytes) override {
        const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        if (const int code = is_whole_ ? write_fully(made_.fd(), text) : EIO; code != 0) {
            is_whole_ = false;
            return tl::unexpected(error_of(code, "cannot write " + spot_->shown));
        }
        return {};
    }

    Result<void> publish(const std::string& name) override {
        ENVKEEP_CHECK(check_name(name));
        // Closed already if another name was taken.
        int code = made_.fd() < 0 ? 0 : sync_file(made_.fd());
        code = is_whole_ ? code : EIO;
        if (code != 0) {
            is_whole_ = false;
            return tl::unexpected(error_of(code, "cannot write " + spot_->shown));
        }
        spot_->name = name;
        ENVKEEP_CHECK(made_.publish(std::nullopt));
        if (code = sync_file(spot_->folder.get()); code != 0) {
            return tl::unexpected(error_of(code, "cannot write the folder of " + spot_->shown));
        }
        return {};
    }

  private:
    StoreFile(std::unique_ptr<Spot> spot, Temporary made)
        : spot_(std::move(spot)), made_(std::move(made)) {}

    std::unique_ptr<Spot> spot_;  // first: what is made refers to it to the end
    Temporary made_;
    bool is_whole_ = true;  // false once something could not be written
};

}  // namespace

Result<std::unique_ptr<system::FileBuilder>> begin_tree_file(
    Spot spot, bool is_sparse, const system::FolderWriter::Replaced& replaced) {
    return FileBuilder::begin(std::move(spot), is_sparse, replaced);
}

Result<std::unique_ptr<system::NewFile>> create_store_file(const TreeFolder& folder) {
    ENVKEEP_TRY(Spot spot, folder.spot("new"));
    spot.shown = "a new file in " + folder.shown({});
    return StoreFile::create(std::move(spot));
}

}  // namespace envkeep::posix
