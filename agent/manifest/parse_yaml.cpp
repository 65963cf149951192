// SPDX-License-Identifier: MIT
#include "manifest/parse_yaml.hpp"

#include "envkeep/manifest/read.hpp"
#include "manifest/explain_yaml.hpp"
#include "manifest/simple_lines.hpp"
#include "manifest/tree_builder.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <functional>
#include <istream>
#include <optional>
#include <streambuf>

namespace envkeep::manifest {
namespace {

// Reads from text where it lies.
class TextBuffer : public std::streambuf {
  public:
    explicit TextBuffer(std::string_view text) {
        // The base class wants writable characters and never writes to them.
        char* const begin = const_cast<char*>(text.data());  // NOLINT(*-const-cast)
        setg(begin, begin, begin + text.size());
    }
};

// Where a mark of the parser is in the source.
using Locate = std::function<std::uint32_t(const YAML::Mark&)>;

// Hands what the parser meets to the builder. It meets documents one after the other; only the
// first is built.
class Listener : public YAML::EventHandler {
  public:
    Listener(TreeBuilder& builder, Locate locate, SimpleLines* lines)
        : builder_(builder), locate_(std::move(locate)), lines_(lines) {}

    [[nodiscard]] bool is_misled() const { return is_misled_; }

    [[nodiscard]] bool met_another_document() const { return documents_ > 1; }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) {
            builder_.fail({.position = locate_(mark),
                           .message = "a second document begins here",
                           .hint = "one file is one manifest: take '---' out; all keys begin in "
                                   "the same column"});
        }
    }

    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        builder_.add_null(origin(mark, "?", anchor));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        builder_.add_alias(locate_(mark), anchor);
    }

    void OnScalar(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  const std::string& value) override {
        const std::uint32_t begin = builder_.next();
        builder_.add_text(origin(mark, tag, anchor), value);
        add_rest(begin);
    }

    void OnSequenceStart(const YAML::Mark& mark,
                         const std::string& tag,
                         YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override {
        open(origin(mark, tag, anchor), NodeKind::list, style);
    }

    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark,
                    const std::string& tag,
                    YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override {
        open(origin(mark, tag, anchor), NodeKind::map, style);
    }

    void OnMapEnd() override { close(); }

  private:
    [[nodiscard]] TreeBuilder::Origin origin(const YAML::Mark& mark,
                                             std::string_view tag,
                                             YAML::anchor_t anchor) const {
        return {.position = locate_(mark), .tag = tag, .anchor = anchor};
    }

    void open(const TreeBuilder::Origin& origin, NodeKind kind, YAML::EmitterStyle::value style) {
        begins_.push_back(builder_.next());
        builder_.open(origin, kind, style == YAML::EmitterStyle::Flow);
    }

    void close() {
        builder_.close();
        const std::uint32_t begin = begins_.back();
        begins_.pop_back();
        add_rest(begin);
    }

    void add_rest(std::uint32_t begin) {
        if (lines_ != nullptr && !builder_.fault() && !is_misled_ && begin < builder_.next()) {
            is_misled_ = !lines_->add_rest(builder_, begin);
        }
    }

    TreeBuilder& builder_;
    Locate locate_;
    SimpleLines* lines_;
    std::vector<std::uint32_t> begins_;
    int documents_ = 0;
    bool is_misled_ = false;
};

// Parses all of `text`; what the parser says against it becomes the builder's fault.
void run_parser(std::string_view text,
                TreeBuilder& builder,
                Listener& listener,
                const Locate& locate) {
    TextBuffer buffer(text);
    std::istream stream(&buffer);
    try {
        YAML::Parser parser(stream);
        while (!builder.fault() && parser.HandleNextDocument(listener)) {
        }
    } catch (const YAML::Exception& exception) {
        const SourceText& source = *builder.tree().source;
        builder.fail(explain_yaml(source, builder, locate(exception.mark), exception.msg));
    }
}

// The tree by way of the short text; none if the text is not what it seemed, or not sound.
std::optional<Tree> parse_shortened(const SourceText& source) {
    SimpleLines lines(source);
    if (!lines.is_worth_it()) {
        return std::nullopt;
    }
    TreeBuilder builder(source);
    const Locate locate = [&](const YAML::Mark& mark) {
        return mark.is_null() ? 0
                              : lines.position(static_cast<std::uint32_t>(mark.line),
                                               static_cast<std::uint32_t>(mark.column));
    };
    Listener listener(builder, locate, &lines);
    run_parser(lines.shortened(), builder, listener, locate);
    if (builder.fault() || listener.is_misled() || !lines.is_done()) {
        return std::nullopt;
    }
    return builder.finish();
}

// Parses the text before `end`.
Parsed parse_whole(const SourceText& source, std::uint32_t end) {
    TreeBuilder builder(source);
    const Locate locate = [&](const YAML::Mark& mark) {
        const auto line = static_cast<std::uint32_t>(mark.is_null() ? 0 : mark.line);
        if (line >= source.line_count()) {
            return end;
        }
        const auto column = static_cast<std::uint32_t>(mark.is_null() ? 0 : mark.column);
        return std::min(source.line_begin(line) + column, end);
    };
    Listener listener(builder, locate, nullptr);
    run_parser(source.text().substr(0, end), builder, listener, locate);
    Parsed parsed{.tree = {}, .faults = {}};
    if (const std::optional<Fault>& fault = builder.fault()) {
        parsed.faults.push_back(*fault);
    }
    parsed.has_more_documents = listener.met_another_document();
    parsed.tree = builder.finish();
    return parsed;
}

}  // namespace

Parsed parse_yaml(const SourceText& source) {
    if (source.text().size() <= largest_manifest && find_text_faults(source).empty()) {
        if (std::optional<Tree> tree = parse_shortened(source)) {
            return {.tree = *std::move(tree), .faults = {}};
        }
    }
    return parse_yaml_in_full(source);
}

Parsed parse_yaml_in_full(const SourceText& source) {
    std::vector<Fault> faults = find_text_faults(source);
    std::uint32_t end = static_cast<std::uint32_t>(source.text().size());
    if (source.text().size() > largest_manifest) {
        end = 0;
    } else if (!faults.empty()) {
        end = source.line_begin(source.line_of(faults.front().position));
    }
    Parsed parsed = parse_whole(source, end);
    faults.insert(faults.begin(), parsed.faults.begin(), parsed.faults.end());
    if (!faults.empty()) {
        drop_last_entry(parsed.tree);
    }
    parsed.faults = std::move(faults);
    return parsed;
}

}  // namespace envkeep::manifest
