// SPDX-License-Identifier: MIT
#include "manifest/tree_builder.hpp"

#include <fmt/format.h>

namespace envkeep::manifest {
namespace {

constexpr std::size_t deepest_nesting = 64;
constexpr std::uint64_t most_from_aliases = 100'000;

constexpr std::string_view yaml_blanks = " \t\r\n";

}  // namespace

std::optional<std::uint32_t> end_of_quoted(std::string_view text, std::uint32_t position) {
    const char quote = text[position];
    for (std::size_t at = position + 1; at < text.size(); ++at) {
        if (quote == '"' && text[at] == '\\') {
            ++at;
        } else if (text[at] == quote) {
            const bool is_doubled = quote == '\'' && at + 1 < text.size() && text[at + 1] == quote;
            if (!is_doubled) {
                return narrow(at + 1);
            }
            ++at;
        }
    }
    return std::nullopt;
}

void TreeBuilder::fail(Fault fault) {
    if (!fault_) {
        fault_ = std::move(fault);
    }
}

bool TreeBuilder::accepts(const Origin& origin) {
    if (open_.size() >= deepest_nesting && !fault_) {
        fail({.position = origin.position,
              .message = fmt::format("nested deeper than {} levels", deepest_nesting),
              .hint = "no entry of a manifest needs more than a few: look for a forgotten ']' or "
                      "'}' or an indentation that grows"});
    }
    return !fault_;
}

std::uint32_t TreeBuilder::push(const Origin& origin, NodeKind kind) {
    const std::uint32_t index = next();
    const std::string_view text = tree_.source->text();
    const bool is_bang = origin.position < text.size() && text[origin.position] == '!';
    tree_.nodes.push_back({.kind = kind,
                           .has_tag = origin.tag.size() > 1 || is_bang,
                           .position = origin.position,
                           .end = index + 1});
    ++weight_;
    return index;
}

void TreeBuilder::remember(std::size_t anchor, std::uint32_t node, bool is_open) {
    if (anchor != 0) {
        anchors_[anchor] = {
            .node = node, .weight_before = weight_ - 1, .weight = 1, .is_open = is_open};
    }
}

void TreeBuilder::add_null(const Origin& origin) {
    if (!accepts(origin)) {
        return;
    }
    // Where no word stands for nothing, the parser's mark is that of what comes next.
    const std::string_view text = tree_.source->text();
    Origin shown = origin;
    const bool has_word =
        origin.position < text.size() &&
        std::string_view("~nN&!").find(text[origin.position]) != std::string_view::npos;
    if (!has_word && origin.position > 0) {
        const std::size_t before = text.find_last_not_of(yaml_blanks, origin.position - 1);
        shown.position = before == std::string_view::npos ? 0 : narrow(before);
    }
    remember(origin.anchor, push(shown, NodeKind::null), false);
}

std::uint32_t TreeBuilder::skip_properties(const Origin& origin) const {
    const std::string_view text = tree_.source->text();
    std::size_t at = origin.position;
    while (at < text.size() && text[at] == '&') {
        at = std::min(text.find_first_of(yaml_blanks, at), text.size());
        at = std::min(text.find_first_not_of(yaml_blanks, at), text.size());
    }
    return narrow(at);
}

void TreeBuilder::add_text(const Origin& origin, std::string_view value) {
    if (!accepts(origin)) {
        return;
    }
    const std::string_view text = tree_.source->text();
    const std::uint32_t begin = skip_properties(origin);
    const std::uint32_t index = push(origin, NodeKind::text);
    remember(origin.anchor, index, false);
    TreeNode& node = tree_.nodes[index];
    node.is_plain = origin.tag == "?";
    node.length = narrow(value.size());
    if (node.is_plain && text.substr(begin, value.size()) == value) {
        node.begin = begin;
        return;
    }
    node.spans_lines = node.is_plain;
    node.is_decoded = true;
    node.begin = narrow(tree_.decoded.size());
    tree_.decoded += value;
    if (!node.is_plain && begin < text.size() && (text[begin] == '"' || text[begin] == '\'')) {
        const std::optional<std::uint32_t> end = end_of_quoted(text, begin);
        if (!end) {
            fail({.position = begin,
                  .message = "this quote is never closed",
                  .hint = fmt::format("put {} at the end of the text", text[begin])});
        } else if (text.substr(begin, *end - begin).find('\n') != std::string_view::npos) {
            long_quote_ = begin;
        }
    }
}

void TreeBuilder::add_alias(std::uint32_t position, std::size_t anchor) {
    const auto found = anchors_.find(anchor);
    if (fault_) {
        return;
    }
    if (found == anchors_.end() || found->second.is_open) {
        fail({.position = position,
              .message = "this alias stands inside what it means",
              .hint = "write the value out"});
        return;
    }
    from_aliases_ += found->second.weight;
    if (from_aliases_ > most_from_aliases) {
        fail(
            {.position = position,
             .message = fmt::format("the aliases stand for more than {} values", most_from_aliases),
             .hint = "write the values out"});
        return;
    }
    const std::uint32_t index = push({.position = position, .tag = "?"}, NodeKind::null);
    weight_ += found->second.weight;
    tree_.nodes[index].is_alias = true;
    tree_.nodes[index].begin = found->second.node;
}

void TreeBuilder::open(const Origin& origin, NodeKind kind, bool is_flow) {
    if (!accepts(origin)) {
        return;
    }
    const std::uint32_t index = push(origin, kind);
    tree_.nodes[index].is_flow = is_flow;
    remember(origin.anchor, index, true);
    open_.push_back({.node = index, .anchor = origin.anchor});
}

void TreeBuilder::close() {
    if (fault_ || open_.empty()) {
        return;
    }
    const Open closed = open_.back();
    open_.pop_back();
    tree_.nodes[closed.node].end = next();
    if (closed.anchor != 0) {
        Anchored& anchored = anchors_[closed.anchor];
        anchored.weight = weight_ - anchored.weight_before;
        anchored.is_open = false;
    }
}

void TreeBuilder::add_node(const TreeNode& node) {
    if (!fault_) {
        tree_.nodes.push_back(node);
        ++weight_;
    }
}

const TreeNode* TreeBuilder::innermost() const {
    return open_.empty() ? nullptr : &tree_.nodes[open_.back().node];
}

Tree TreeBuilder::finish() {
    while (!open_.empty()) {
        tree_.nodes[open_.back().node].end = next();
        open_.pop_back();
    }
    return std::move(tree_);
}

}  // namespace envkeep::manifest
