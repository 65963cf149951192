// SPDX-License-Identifier: MIT
#include "snapshot/pack_shelf.hpp"

#include <utility>

namespace envkeep::snapshot {

PackShelf::PackShelf(const std::vector<std::string>& names,
                     const system::Place& folder,
                     system::TreeReader& reader)
    : names_(names), folder_(folder), reader_(reader), books_(names.size()) {}

Result<PackShelf::Book> PackShelf::open(const std::string& name) {
    ENVKEEP_TRY(PackReader reader, PackReader::open(folder_, name, reader_));
    std::vector<std::uint64_t> ends;
    ends.reserve(reader.index().frames.size());
    std::uint64_t end = 0;
    for (const PackFrame& frame : reader.index().frames) {
        end += frame.plain;
        ends.push_back(end);
    }
    return Book{.reader = std::move(reader), .ends = std::move(ends)};
}

Result<bool> PackShelf::is_in_one_frame(const Location& where, std::uint64_t size) {
    if (where.pack >= books_.size()) {
        return failure(ErrorKind::io, "damaged layer: it names no such pack");
    }
    std::optional<Result<Book>>& book = books_[where.pack];
    if (!book) {
        book = open(names_[where.pack]);
    }
    if (!*book) {
        return tl::unexpected(book->error());
    }
    const std::vector<std::uint64_t>& ends = book->value().ends;
    const auto& frames = book->value().reader.index().frames;
    if (where.frame >= frames.size() || where.offset > frames[where.frame].plain) {
        return failure(ErrorKind::io, "damaged layer: its place in the pack does not exist");
    }
    const std::uint64_t left_in_frame = frames[where.frame].plain - where.offset;
    const std::uint64_t left_in_pack = ends.back() - ends[where.frame] + left_in_frame;
    if (size > left_in_pack) {
        return failure(ErrorKind::io, "damaged layer: the pack ends before the file does");
    }
    return size <= left_in_frame;
}

}  // namespace envkeep::snapshot
