# The mail gem as Debian packages it, https://github.com/mikel/mail: what Rails' ActionMailer sends with.
require "base64"
require "json"
require "mail"

HERE = __dir__
PDF = File.binread("#{HERE}/../../../../rules/files/certificate-MY-2021-004711.pdf")
LOGO = File.binread("#{HERE}/../../../../rules/files/logo.png")
DATA_ = JSON.parse(File.read("#{HERE}/../letters.json", encoding: "UTF-8"))
LETTERS = DATA_["letters"]

def text_of(l)
  [l["greeting"], l["body"], "#{l["label"]}: #{l["url"]}", l["help"], l["sign"]].join("\n\n") + "\n"
end

def html_of(l, more = "")
  help = l["help"].sub("help@health.example", '<a href="mailto:help@health.example">help@health.example</a>')
  %(<!DOCTYPE html>\n<html lang="#{l["lang"]}" dir="#{l["dir"]}"><head><meta charset="utf-8"><title>#{l["subject"]}</title></head>\n) +
    %(<body>#{more}<p>#{l["greeting"]}</p><p>#{l["body"]}</p>\n<p><a href="#{l["url"]}">#{l["label"]}</a></p><p>#{help}</p><p>#{l["sign"]}</p></body></html>\n)
end

def address(name, mail)
  made = Mail::Address.new(mail)
  made.display_name = name unless name.empty?
  made.format
end

def begun(l)
  mail = Mail.new(charset: "UTF-8")
  mail.from = address(l["sender"], "no-reply@health.example")
  mail.to = address(l["name"], "anna@dest.example")
  mail.subject = l["subject"]
  mail.date = DateTime.parse("2021-06-14T08:00:00+08:00")
  mail.message_id = "<60c69b80_4711_visit@health.example>"
  mail
end

def both(l, more = "")
  mail = begun(l)
  mail.text_part = Mail::Part.new { body text_of(l); content_type "text/plain; charset=UTF-8" }
  mail.html_part = Mail::Part.new { body html_of(l, more); content_type "text/html; charset=UTF-8" }
  mail
end

def alternative(l)
  part = Mail::Part.new(content_type: "multipart/alternative")
  part.add_part(Mail::Part.new { body text_of(l); content_type "text/plain; charset=UTF-8" })
  part.add_part(Mail::Part.new { body html_of(l); content_type "text/html; charset=UTF-8" })
  part
end

def show(name, mail, to = [])
  wire = mail.encoded.b.gsub(/\r?\n/, "\r\n") # as Net::SMTP sends it
  puts JSON.generate({ name: name, raw: Base64.strict_encode64(wire), to: to })
end

EN = LETTERS["en"]
LETTERS.each do |lang, l|
  mail = begun(l)
  mail.body = text_of(l)
  show("#{lang}, text", mail)
  show("#{lang}, text and HTML", both(l))
  mail = begun(l)
  mail.content_type = "text/html; charset=UTF-8"
  mail.body = html_of(l)
  show("#{lang}, HTML", mail)
  mail = both(l)
  mail.transport_encoding = "7bit"
  show("#{lang}, text and HTML for 7bit", mail)
end
["KA-004711.pdf", "Überweisung KA-004711.pdf", "预约单-KA-004711.pdf"].each do |name|
  mail = begun(EN)
  mail.add_part(alternative(EN)) # as ActionMailer nests it
  mail.attachments[name] = PDF
  show("with #{name}", mail)
end
mail = begun(EN)
mail.attachments.inline["logo.png"] = LOGO
cid = mail.attachments["logo.png"].cid
mail.content_type = "multipart/related"
mail.html_part = Mail::Part.new { body html_of(EN, %(<img src="cid:#{cid}" alt="MyHealth">)); content_type "text/html; charset=UTF-8" }
show("with a picture inside", mail)
DATA_["to"].each_with_index do |mailbox, place|
  mail = both(EN)
  mail.to = address(mailbox["name"], mailbox["address"])
  show("to person #{place}", mail)
end
mail = both(EN)
mail.reply_to = "MyHealth <help@health.example>"
mail.headers({ "X-Campaign" => "visits; day=1", "X-Note" => "Prüfung für Zoë " * 8, "List-Unsubscribe" => "<https://www.health.example/unsubscribe/abc123>", "Auto-Submitted" => "auto-generated" })
show("with headers of its own", mail)
mail = both(EN)
mail.to = ["Aisha <anna@dest.example>", "joerg@dest.example"]
mail.cc = address("Lim, Mei Ling", "lim@dest.example")
show("to several", mail, ["anna@dest.example", "joerg@dest.example", "lim@dest.example"])
