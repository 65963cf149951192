// SPDX-License-Identifier: MIT
#include "snapshot/pack_shelf.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::snapshot {

PackShelf::PackShelf(const std::vector<std::string>& names,
                     const system::Place& folder,
                     system::TreeReader& reader)
    : names_(names), folder_(folder), reader_(reader), books_(names.size()) {}

Result<PackShelf::Pack> PackShelf::open(std::uint32_t pack) {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(open_, pack, &Open::number);
    if (found != open_.end()) {
        open_.splice(open_.begin(), open_, found);
        return open_.front().pack;
    }
    ENVKEEP_TRY(PackReader reader, PackReader::open(folder_, names_[pack], reader_));
    open_.push_front(
        {.number = pack, .pack = std::make_shared<const PackReader>(std::move(reader))});
    if (open_.size() > most_open) {
        open_.pop_back();
    }
    return open_.front().pack;
}

Result<PackShelf::Book> PackShelf::book_of(std::uint32_t pack) {
    ENVKEEP_TRY(const Pack opened, open(pack));
    Book book{.index = opened->index(), .ends = {}};
    book.ends.reserve(book.index.frames.size());
    std::uint64_t end = 0;
    for (const PackFrame& frame : book.index.frames) {
        end += frame.plain;
        book.ends.push_back(end);
    }
    return book;
}

Result<bool> PackShelf::is_in_one_frame(const Location& where, std::uint64_t size) {
    if (where.pack >= books_.size()) {
        return failure(ErrorKind::io, "damaged layer: it names no such pack");
    }
    std::optional<Result<Book>>& book = books_[where.pack];
    if (!book) {
        book = book_of(where.pack);
    }
    if (!*book) {
        return tl::unexpected(book->error());
    }
    const std::vector<std::uint64_t>& ends = book->value().ends;
    const auto& frames = book->value().index.frames;
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
