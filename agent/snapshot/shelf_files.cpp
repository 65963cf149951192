// SPDX-License-Identifier: MIT
#include "snapshot/shelf_files.hpp"

#include "envkeep/core/text.hpp"
#include "snapshot/frame.hpp"
#include "snapshot/publish_sound.hpp"
#include "snapshot/store_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>

namespace envkeep::snapshot {
namespace {

constexpr int level = 3;
constexpr std::size_t frame_size = std::size_t{2} << 20U;

Result<std::string> load_named(const Shelf& shelf,
                               const std::string& name,
                               std::string_view suffix) {
    if (!is_plain_name(name)) {
        return failure(ErrorKind::unsafe_path, fmt::format("{} is no name", quoted(name)));
    }
    const std::string file = fmt::format("{}{}", name, suffix);
    ENVKEEP_TRY(std::string text, load_packed(shelf, store::names::manifests, file));
    if (digest_of(text).text() != name) {
        return failure(ErrorKind::io,
                       fmt::format("damaged data: {} is not what its name tells", quoted(file)));
    }
    return text;
}

template <typename Take>
Result<void> pack(std::string_view text, const Take& take) {
    FrameEncoder encoder(level);
    const auto bytes = std::as_bytes(std::span(text));
    // A text of nothing has a frame too.
    for (std::size_t at = 0; at == 0 || at < bytes.size(); at += frame_size) {
        ENVKEEP_TRY(const Bytes frame,
                    encoder.encode(bytes.subspan(at, std::min(frame_size, bytes.size() - at))));
        ENVKEEP_CHECK(take(frame));
    }
    return {};
}

Result<std::unique_ptr<system::NewFile>> written(const Shelf& shelf,
                                                 const system::Place& folder,
                                                 std::string_view text) {
    ENVKEEP_CHECK(shelf.writer->make_folders(folder, 0700));
    ENVKEEP_TRY(auto file, shelf.tree_writer->create_file(folder));
    ENVKEEP_CHECK(pack(text, [&](const Bytes& frame) { return file->append(frame); }));
    return file;
}

Result<std::string> save_named(const Shelf& shelf, std::string_view suffix, std::string_view text) {
    std::string name = digest_of(text).text();
    if (text.size() > largest_text) {
        return failure(ErrorKind::unsupported,
                       fmt::format("the list of files takes {} MiB, of which {} are possible",
                                   text.size() >> 20U,
                                   largest_text >> 20U),
                       "'snapshot: {exclude: [...]}' leaves out folders of many files");
    }
    const system::Place folder = shelf.store.place(store::names::manifests);
    ENVKEEP_TRY(const auto file, written(shelf, folder, text));
    const Naming naming{.folder = folder,
                        .name = fmt::format("{}{}", name, suffix),
                        .reader = shelf.reader,
                        .writer = *shelf.tree_writer};
    ENVKEEP_CHECK(
        publish_sound(*file, naming, [&] { return load_named(shelf, name, suffix).has_value(); }));
    return name;
}

}  // namespace

Result<void> save_packed(const Shelf& shelf,
                         std::string_view folder,
                         const std::string& name,
                         std::string_view text) {
    ENVKEEP_TRY(const auto file, written(shelf, shelf.store.place(folder), text));
    auto outcome = file->publish(name);
    return outcome || outcome.error().kind == ErrorKind::already_exists ? Result<void>{} : outcome;
}

Result<void> replace_packed(const Shelf& shelf,
                            std::string_view folder,
                            const std::string& name,
                            std::string_view text) {
    const system::Place place = shelf.store.place(folder).child(name);
    ENVKEEP_TRY(const system::Status there, shelf.files.status(place));
    if (there.kind != system::Kind::file) {
        return save_packed(shelf, folder, name, text);
    }
    std::string packed;
    ENVKEEP_CHECK(pack(text, [&](const Bytes& frame) -> Result<void> {
        std::ranges::transform(frame, std::back_inserter(packed), [](std::byte byte) {
            return static_cast<char>(byte);
        });
        return {};
    }));
    auto outcome = shelf.writer->write_file(place, packed, 0600, there);
    // Where another session was faster, its text is as good.
    return outcome || outcome.error().kind == ErrorKind::conflict ? Result<void>{} : outcome;
}

Result<Bytes> read_packed(const Shelf& shelf, std::string_view folder, const std::string& name) {
    const system::Place place = shelf.store.place(folder).child(name);
    ENVKEEP_TRY(const auto file, shelf.reader.open_file(place));
    ENVKEEP_TRY(const system::Status status, file->status());
    // One byte more tells that it is too large.
    Bytes packed(std::min<std::uint64_t>(status.size, largest_text + 1));
    ENVKEEP_TRY(const std::size_t got, file->read_at(0, packed));
    packed.resize(got);
    return packed;
}

Result<std::string> decode_packed(const Bytes& packed) {
    if (packed.size() > largest_text) {
        return failure(ErrorKind::io, "damaged data: too large");
    }
    ENVKEEP_TRY(const Bytes plain, decode_all(packed, largest_text));
    std::string text(plain.size(), '\0');
    std::ranges::copy(plain, std::as_writable_bytes(std::span(text)).begin());
    return text;
}

Result<std::string> load_packed(const Shelf& shelf,
                                std::string_view folder,
                                const std::string& name) {
    ENVKEEP_TRY(const Bytes packed, read_packed(shelf, folder, name));
    return decode_packed(packed).map_error([&](Error error) {
        const system::Place place = shelf.store.place(folder).child(name);
        return std::move(error).while_doing(
            fmt::format("reading {}", quoted(shelf.files.absolute(place))));
    });
}

Result<std::string> save_layer(const Shelf& shelf, const Layer& layer) {
    const std::string text = layer_text(layer);
    // What nobody can read back must not become the newest snapshot.
    ENVKEEP_CHECK(parse_layer(text));
    return save_named(shelf, layer_suffix, text);
}

Result<Layer> load_layer(const Shelf& shelf, const std::string& name) {
    ENVKEEP_TRY(const std::string text, load_named(shelf, name, layer_suffix));
    return parse_layer(text);
}

Result<std::string> save_lock(const Shelf& shelf, const std::string& text) {
    return save_named(shelf, lock_suffix, text);
}

Result<std::string> load_lock(const Shelf& shelf, const std::string& name) {
    return load_named(shelf, name, lock_suffix);
}

}  // namespace envkeep::snapshot
