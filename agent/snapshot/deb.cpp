// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/deb.hpp"

#include "envkeep/core/text.hpp"
#include "snapshot/tar.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <span>

namespace envkeep::snapshot {
namespace {

using Sink = std::function<Result<void>(std::span<const std::byte>)>;

constexpr std::size_t chunk = std::size_t{256} << 10U;

// One frame: dpkg reads no further than the first.
class ZstdFrame {
  public:
    explicit ZstdFrame(const Sink& sink)
        : sink_(sink), context_(ZSTD_createCCtx()), buffer_(ZSTD_CStreamOutSize()) {
        constexpr int level = 3;
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
    }

    Result<void> put(std::span<const std::byte> bytes) { return press(bytes, ZSTD_e_continue); }

    Result<void> finish() { return press({}, ZSTD_e_end); }

  private:
    struct Free {
        void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    };

    Result<void> press(std::span<const std::byte> bytes, ZSTD_EndDirective how) {
        ZSTD_inBuffer input{.src = bytes.data(), .size = bytes.size(), .pos = 0};
        while (true) {
            ZSTD_outBuffer output{.dst = buffer_.data(), .size = buffer_.size(), .pos = 0};
            const std::size_t left = ZSTD_compressStream2(context_.get(), &output, &input, how);
            if (ZSTD_isError(left) != 0) {
                return failure(ErrorKind::io,
                               fmt::format("cannot compress: {}", ZSTD_getErrorName(left)));
            }
            ENVKEEP_CHECK(sink_(std::span(buffer_).first(output.pos)));
            const bool is_done =
                how == ZSTD_e_end ? left == 0 : input.pos == input.size && output.pos == 0;
            if (is_done) {
                return {};
            }
        }
    }

    const Sink& sink_;
    std::unique_ptr<ZSTD_CCtx, Free> context_;
    Bytes buffer_;
};

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

Result<void> put_zeros(const Sink& sink, std::size_t count) {
    const Bytes zeros(count);
    return sink(zeros);
}

Result<void> put_file(const DebEntry& one,
                      system::RootId machine,
                      system::TreeReader& reader,
                      const Sink& sink) {
    ENVKEEP_TRY(const RelPath path, RelPath::parse(one.place));
    ENVKEEP_TRY(const std::unique_ptr<system::OpenFile> file,
                reader.open_file({.root = machine, .path = path}));
    Bytes buffer(chunk);
    std::uint64_t done = 0;
    while (true) {
        ENVKEEP_TRY(const std::size_t count, file->read_at(done, buffer));
        if (done + count > one.entry.size || (count == 0 && done != one.entry.size)) {
            return failure(ErrorKind::conflict, quoted('/' + one.place) + " changed meanwhile");
        }
        if (count == 0) {
            return put_zeros(sink, tar_padding(done));
        }
        ENVKEEP_CHECK(sink(std::span(buffer).first(count)));
        done += count;
    }
}

Result<void> put_data(const DebContent& content,
                      system::RootId machine,
                      system::TreeReader& reader,
                      const Sink& sink) {
    for (const DebEntry& one : content.data) {
        ENVKEEP_CHECK(sink(gnu_tar_header(one.entry)));
        if (one.entry.kind == EntryKind::file) {
            ENVKEEP_CHECK(put_file(one, machine, reader, sink));
        }
    }
    return put_zeros(sink, tar_end_size);
}

Result<void> put_control(const DebContent& content, const Sink& sink) {
    Entry folder{.path = "."};
    folder.attributes.mode = 0755;
    ENVKEEP_CHECK(sink(gnu_tar_header(folder)));
    for (const DebControl& one : content.control) {
        Entry entry{.path = "./" + one.name, .kind = EntryKind::file, .size = one.text.size()};
        entry.attributes.mode = one.is_program ? 0755 : 0644;
        ENVKEEP_CHECK(sink(gnu_tar_header(entry)));
        ENVKEEP_CHECK(sink(bytes_of(one.text)));
        ENVKEEP_CHECK(put_zeros(sink, tar_padding(one.text.size())));
    }
    return put_zeros(sink, tar_end_size);
}

std::string member_head(std::string_view name, std::uint64_t size) {
    return fmt::format("{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", name, 0, 0, 0, "100644", size);
}

using Part = std::function<Result<void>(const Sink&)>;

// What goes into an archive comes twice: its size stands before it.
Result<void> put_member(std::string_view name, const Part& part, const Sink& sink) {
    std::uint64_t size = 0;
    ENVKEEP_CHECK(part([&](std::span<const std::byte> bytes) -> Result<void> {
        size += bytes.size();
        return {};
    }));
    std::uint64_t written = 0;
    ENVKEEP_CHECK(sink(bytes_of(member_head(name, size))));
    ENVKEEP_CHECK(part([&](std::span<const std::byte> bytes) -> Result<void> {
        written += bytes.size();
        return sink(bytes);
    }));
    if (written != size) {
        return failure(ErrorKind::conflict, "a file of the package changed meanwhile");
    }
    return size % 2 == 0 ? Result<void>() : sink(bytes_of("\n"));
}

}  // namespace

Result<void> write_deb(const DebContent& content,
                       DebPacking packing,
                       system::RootId machine,
                       system::TreeReader& reader,
                       const system::Place& folder,
                       const std::string& name,
                       system::TreeWriter& writer) {
    ENVKEEP_TRY(const std::unique_ptr<system::NewFile> file, writer.create_file(folder));
    const Sink sink = [&](std::span<const std::byte> bytes) { return file->append(bytes); };
    ENVKEEP_CHECK(sink(bytes_of("!<arch>\n")));
    ENVKEEP_CHECK(
        put_member("debian-binary", [](const Sink& to) { return to(bytes_of("2.0\n")); }, sink));
    ENVKEEP_CHECK(
        put_member("control.tar", [&](const Sink& to) { return put_control(content, to); }, sink));
    const Part data = [&](const Sink& to) { return put_data(content, machine, reader, to); };
    const Part packed = [&](const Sink& to) -> Result<void> {
        ZstdFrame frame(to);
        return data([&](std::span<const std::byte> bytes) { return frame.put(bytes); })
            .and_then([&] { return frame.finish(); });
    };
    if (packing == DebPacking::plain) {
        ENVKEEP_CHECK(put_member("data.tar", data, sink));
    } else {
        ENVKEEP_CHECK(put_member("data.tar.zst", packed, sink));
    }
    return file->publish(name);
}

}  // namespace envkeep::snapshot
