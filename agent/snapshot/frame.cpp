// SPDX-License-Identifier: MIT
#include "snapshot/frame.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>

namespace envkeep::snapshot {
namespace {

tl::unexpected<Error> damaged(std::size_t code) {
    return failure(ErrorKind::io, fmt::format("damaged data: {}", ZSTD_getErrorName(code)));
}

}  // namespace

struct FrameEncoder::State {
    struct Free {
        void operator()(ZSTD_CCtx* encoder) const { ZSTD_freeCCtx(encoder); }
    };

    std::unique_ptr<ZSTD_CCtx, Free> context{ZSTD_createCCtx()};
};

FrameEncoder::FrameEncoder(int level) : state_(std::make_unique<State>()) {
    ZSTD_CCtx_setParameter(state_->context.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(state_->context.get(), ZSTD_c_checksumFlag, 1);
}

FrameEncoder::FrameEncoder(FrameEncoder&&) noexcept = default;
FrameEncoder& FrameEncoder::operator=(FrameEncoder&&) noexcept = default;
FrameEncoder::~FrameEncoder() = default;

Result<Bytes> FrameEncoder::encode(std::span<const std::byte> plain) {
    Bytes packed(ZSTD_compressBound(plain.size()));
    const std::size_t size = ZSTD_compress2(
        state_->context.get(), packed.data(), packed.size(), plain.data(), plain.size());
    if (ZSTD_isError(size) != 0) {
        return failure(ErrorKind::io, fmt::format("cannot compress: {}", ZSTD_getErrorName(size)));
    }
    packed.resize(size);
    return packed;
}

struct FrameDecoder::State {
    struct Free {
        void operator()(ZSTD_DCtx* decoder) const { ZSTD_freeDCtx(decoder); }
    };

    std::unique_ptr<ZSTD_DCtx, Free> context{ZSTD_createDCtx()};
};

FrameDecoder::FrameDecoder() : state_(std::make_unique<State>()) {}

FrameDecoder::FrameDecoder(FrameDecoder&&) noexcept = default;
FrameDecoder& FrameDecoder::operator=(FrameDecoder&&) noexcept = default;
FrameDecoder::~FrameDecoder() = default;

Result<void> FrameDecoder::decode(std::span<const std::byte> packed, std::span<std::byte> plain) {
    const std::size_t size = ZSTD_decompressDCtx(
        state_->context.get(), plain.data(), plain.size(), packed.data(), packed.size());
    if (ZSTD_isError(size) != 0) {
        return damaged(size);
    }
    if (size != plain.size()) {
        return failure(ErrorKind::io,
                       fmt::format("damaged data: {} bytes instead of {}", size, plain.size()));
    }
    return {};
}

Result<Bytes> decode_all(std::span<const std::byte> packed, std::size_t limit) {
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                       ZSTD_freeDCtx);
    Bytes plain;
    ZSTD_inBuffer input{.src = packed.data(), .size = packed.size(), .pos = 0};
    std::size_t left = 1;  // of the frame that has begun; 0 between two
    while (input.pos < input.size) {
        const std::size_t filled = plain.size();
        plain.resize(std::min(filled + ZSTD_DStreamOutSize(), limit + 1));
        ZSTD_outBuffer output{.dst = plain.data(), .size = plain.size(), .pos = filled};
        left = ZSTD_decompressStream(context.get(), &output, &input);
        plain.resize(output.pos);
        if (ZSTD_isError(left) != 0) {
            return damaged(left);
        }
        if (plain.size() > limit) {
            return failure(ErrorKind::io, fmt::format("damaged data: more than {} bytes", limit));
        }
    }
    if (left != 0) {
        return failure(ErrorKind::io, "damaged data: cut short");
    }
    return plain;
}

}  // namespace envkeep::snapshot
